package dev.cairn.dashboard.internal.words;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.JobState;
import dev.cairn.dashboard.Grant;
import dev.cairn.dashboard.Verb;
import dev.cairn.dashboard.internal.read.JobDetails.Queue;
import dev.cairn.dashboard.internal.read.JobDetails.Wait;
import dev.cairn.dashboard.internal.read.JobSummaries.Summary;
import dev.cairn.dashboard.internal.words.JobFacts.Around;
import dev.cairn.dashboard.internal.words.JobFacts.Past;
import dev.cairn.jobs.JobOperation;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The sentences about jobs in many states. */
class SentencesTest {
  private static final Instant NOW = Instant.parse("2026-06-01T12:00:00Z");
  private static final Queue WORKED = new Queue(null, null, null, Duration.ofMinutes(5));

  /** A job in words of a test. */
  private static final class Fact {
    private JobState state;
    private int attempt = 1;
    private Instant scheduledAt = NOW.minusSeconds(240);
    private @Nullable Instant finalizedAt;
    private @Nullable String error;
    private @Nullable Instant savedAt;
    private int quarantined;
    private int steps;
    private int crashes;
    private int interruptions;
    private boolean pauseRequested;
    private boolean cancelRequested;
    private List<JobOperation> operations = List.of();
    private @Nullable Queue queue = WORKED;
    private int clients = 2;
    private @Nullable Boolean clientAlive = true;
    private int ahead;
    private List<Wait> waits = List.of();

    Fact(JobState state) {
      this.state = state;
    }

    JobFacts facts() {
      return new JobFacts(
          NOW,
          new Summary(
              7,
              state,
              "bill",
              "mail",
              1,
              attempt,
              25,
              List.of(),
              NOW.minusSeconds(300),
              scheduledAt,
              attempt == 0 ? null : NOW.minusSeconds(240),
              finalizedAt,
              attempt == 0 ? null : "web-3",
              error,
              null,
              null,
              null,
              crashes,
              quarantined),
          new Past(
              savedAt, steps, interruptions, crashes, pauseRequested, cancelRequested, operations),
          new Around(queue, clients, clientAlive, ahead, waits));
    }

    String sentence() {
      return Sentence.of(facts());
    }

    String why() {
      return WhyItWaits.of(facts()).map(WhyItWaits.Why::text).orElse("");
    }

    @Nullable Verb next() {
      return FittingVerbs.next(facts()).map(FittingVerbs.Next::verb).orElse(null);
    }

    String textOf(Verb verb) {
      return FittingVerbs.of(facts(), ADA).stream()
          .filter(act -> act.verb() == verb)
          .findFirst()
          .orElseThrow()
          .text();
    }

    Set<Verb> fitting(Grant grant) {
      return FittingVerbs.of(facts(), grant).stream()
          .filter(FittingVerbs.Act::allowed)
          .map(FittingVerbs.Act::verb)
          .collect(Collectors.toCollection(() -> EnumSet.noneOf(Verb.class)));
    }
  }

  private static final Grant ADA = Grant.operator("ada");

  @Test
  void aJobThatRunsWell() {
    var job = new Fact(JobState.RUNNING);
    job.crashes = 2;
    job.savedAt = NOW.minusSeconds(1);

    assertThat(job.sentence())
        .isEqualTo("Running on web-3 for 4 min, attempt 1, taken over twice.");
    assertThat(job.why()).isEmpty();
    assertThat(job.next()).isNull();
    assertThat(job.fitting(ADA)).containsExactly(Verb.INTERRUPT, Verb.PAUSE, Verb.CANCEL);
  }

  @Test
  void aJobThatStalls() {
    var job = new Fact(JobState.RUNNING);
    job.savedAt = NOW.minusSeconds(200);
    job.steps = 1;

    assertThat(job.sentence()).endsWith("attempt 1, no checkpoint for 3 min.");
    assertThat(job.why()).startsWith("It has saved no checkpoint for 3 min.");
    assertThat(job.next()).isEqualTo(Verb.INTERRUPT);
  }

  @Test
  void aJobThatWasClaimedJustNowDoesNotStall() {
    var job = new Fact(JobState.RUNNING);
    job.savedAt = NOW.minusSeconds(86_400);

    assertThat(job.sentence()).contains("no checkpoint for 4 min");
    assertThat(job.facts().stalledFor()).contains(Duration.ofMinutes(4));
  }

  @Test
  void aJobWhoseClientIsDead() {
    var job = new Fact(JobState.RUNNING);
    job.clientAlive = false;
    assertThat(job.sentence()).endsWith("attempt 1, but its client is dead.");
    assertThat(job.why()).isEqualTo("Its client is dead. Another client takes it over soon.");

    job.clients = 0;
    assertThat(job.why()).contains("no other client is alive");
  }

  @Test
  void aJobThatWasAskedToStop() {
    var job = new Fact(JobState.RUNNING);
    job.pauseRequested = true;
    assertThat(job.sentence()).endsWith("about to pause at its next checkpoint.");
    assertThat(job.fitting(ADA)).contains(Verb.RESUME).doesNotContain(Verb.PAUSE);

    job.cancelRequested = true;
    assertThat(job.sentence()).endsWith("asked to stop for a cancellation.");
  }

  @Test
  void aJobThatIsReady() {
    var job = new Fact(JobState.AVAILABLE);
    job.attempt = 0;
    job.ahead = 12;
    assertThat(job.sentence()).isEqualTo("Ready to run in queue 'mail' for 4 min.");
    assertThat(job.why()).isEqualTo("12 due jobs of its queue are claimed before it.");

    job.ahead = 0;
    assertThat(job.why()).contains("no client that works the queue knows the kind 'bill'");

    job.scheduledAt = NOW.minusSeconds(5);
    assertThat(job.why()).contains("as soon as a worker is free");
    assertThat(job.fitting(ADA)).doesNotContain(Verb.RETRY, Verb.INTERRUPT, Verb.RESUME);
  }

  @Test
  void aJobOfAPausedQueue() {
    var job = new Fact(JobState.AVAILABLE);
    job.queue = new Queue(NOW.minusSeconds(7_200), "ada", "maintenance", Duration.ZERO);

    assertThat(job.why())
        .isEqualTo(
            "Queue 'mail' is paused by ada for 2 h (maintenance). Resume the queue to let it run.");
    assertThat(job.next()).isEqualTo(Verb.RESUME_QUEUE);

    job.queue = new Queue(NOW.minusSeconds(7_200), null, null, Duration.ZERO);
    assertThat(job.why()).startsWith("Queue 'mail' is paused for 2 h.");
  }

  @Test
  void aJobOfAQueueThatNobodyWorks() {
    var job = new Fact(JobState.AVAILABLE);
    job.queue = null;
    assertThat(job.why())
        .isEqualTo(
            "No client works queue 'mail': 2 clients are alive, and none of them has reported this"
                + " queue lately.");

    job.clients = 0;
    assertThat(job.why()).isEqualTo("No client is alive, so nobody works queue 'mail'.");
  }

  @Test
  void aJobThatWaitsForASignal() {
    var job = new Fact(JobState.SCHEDULED);
    job.scheduledAt = NOW.plusSeconds(90);
    job.waits = List.of(new Wait("approval", "approved/4711", null, null, null));

    assertThat(job.sentence())
        .isEqualTo("Waiting without a worker for the signal 'approved/4711'.");
    assertThat(job.why())
        .isEqualTo(
            "Step 'approval' waits for the signal 'approved/4711'. It looks again in 1 min.");
  }

  @Test
  void aJobThatWaitsForAnother() {
    var job = new Fact(JobState.SCHEDULED);
    job.scheduledAt = NOW.plus(Duration.ofDays(36_500));
    job.waits =
        List.of(
            new Wait("other", null, 12L, "running", "import"),
            new Wait("third", "x", null, null, null));

    assertThat(job.sentence()).isEqualTo("Waiting without a worker for job 12 and 1 other thing.");
    assertThat(job.why())
        .isEqualTo(
            "Step 'other' waits for job 12 (import), which is running, and for 1 other thing.");
    assertThat(WhyItWaits.of(job.facts()).orElseThrow().links())
        .containsExactly(new WhyItWaits.Link("job 12", "job", java.util.Map.of("id", "12")));

    job.waits = List.of(new Wait("other", null, 12L, null, null));
    assertThat(job.why()).contains("no longer exists");
  }

  @Test
  void aJobThatIsScheduled() {
    var job = new Fact(JobState.SCHEDULED);
    job.attempt = 0;
    job.scheduledAt = NOW.plusSeconds(7_500);
    assertThat(job.sentence()).isEqualTo("Scheduled to run in 2 h 5 min.");
    assertThat(job.why()).isEqualTo("It is to run in 2 h 5 min.");

    job.scheduledAt = NOW.minusSeconds(90);
    assertThat(job.sentence()).isEqualTo("Scheduled, and due for 1 min.");
    assertThat(job.why()).contains("no client leads");
  }

  @Test
  void aJobThatIsTriedAgain() {
    var job = new Fact(JobState.RETRYABLE);
    job.scheduledAt = NOW.plusSeconds(35);
    job.error = "the supplier does not answer";
    job.attempt = 3;

    assertThat(job.sentence()).isEqualTo("Failed in attempt 3 of 25, next try in 35 s.");
    assertThat(job.why()).endsWith("in 35 s. The error: the supplier does not answer");
    assertThat(job.next()).isEqualTo(Verb.RETRY);
  }

  @Test
  void aJobThatIsPaused() {
    var job = new Fact(JobState.PENDING);
    assertThat(job.sentence()).startsWith("Pending: it waits until somebody");

    job.operations = List.of(new JobOperation(NOW.minusSeconds(180), "pause", "ada", null, "tea"));
    assertThat(job.sentence()).isEqualTo("Paused by ada for 3 min.");
    assertThat(job.why())
        .isEqualTo("ada paused it (tea). It stays like this until somebody resumes it.");
    assertThat(job.next()).isEqualTo(Verb.RESUME);
    assertThat(job.textOf(Verb.RESUME)).startsWith("It is ready to run at once");
    job.scheduledAt = NOW.plus(Duration.ofDays(3));
    assertThat(job.textOf(Verb.RESUME))
        .isEqualTo("It is no longer paused, and runs when it is due: in 3 days.");
    job.scheduledAt = NOW.minusSeconds(240);
    assertThat(job.fitting(ADA)).contains(Verb.RESUME).doesNotContain(Verb.PAUSE);

    job.operations =
        List.of(
            new JobOperation(NOW.minusSeconds(180), "pause", "ada", null, null),
            new JobOperation(NOW.minusSeconds(170), "resume", "bob", null, null));
    assertThat(job.sentence()).startsWith("Pending");
  }

  @Test
  void jobsThatHaveEnded() {
    var job = new Fact(JobState.COMPLETED);
    job.finalizedAt = NOW.minusSeconds(60);
    assertThat(job.sentence())
        .isEqualTo("Completed 1 min ago, after 1 attempt, 4 min after it was inserted.");
    assertThat(job.why()).isEmpty();
    assertThat(job.next()).isNull();

    job.quarantined = 3;
    assertThat(job.sentence()).endsWith("with 3 items put aside.");
    assertThat(job.next()).isEqualTo(Verb.REDRIVE);

    job.state = JobState.DISCARDED;
    job.steps = 2;
    assertThat(job.next()).isEqualTo(Verb.RETRY);
    assertThat(job.fitting(ADA))
        .containsExactlyInAnyOrder(
            Verb.RETRY, Verb.REDRIVE, Verb.REWIND, Verb.SKIP, Verb.RESTART, Verb.DELETE);
  }

  @Test
  void whoMayNotIsTold() {
    var job = new Fact(JobState.RUNNING);
    assertThat(job.fitting(Grant.reader("rita"))).isEmpty();
    assertThat(FittingVerbs.of(job.facts(), Grant.reader("rita")).getFirst().because())
        .isEqualTo("You may not do this.");
    assertThat(job.fitting(Grant.reader("rita").withVerbs(Verb.PAUSE))).containsExactly(Verb.PAUSE);
  }

  @Test
  void eachStateHasASentenceWhateverTheTimes() {
    for (JobState state : JobState.values()) {
      for (Instant time : List.of(Instant.MIN, Instant.EPOCH, NOW, Instant.MAX)) {
        var job = new Fact(state);
        job.scheduledAt = time;
        job.finalizedAt = state.isFinal() ? time : null;
        job.operations = List.of(new JobOperation(time, "pause", "x", null, null));
        assertThat(job.sentence()).endsWith(".");
        assertThat(job.why()).isNotNull();
        FittingVerbs.of(job.facts(), ADA).forEach(act -> assertThat(act.text()).endsWith("."));
      }
    }
  }

  @Test
  void namesAreQuotedShortAndInOneLine() {
    assertThat(Words.name("a\nb\u001b[2J" + "x".repeat(500)))
        .hasSizeLessThan(130)
        .doesNotContain("\n", "\u001b");
    assertThat(Words.span(Duration.ZERO)).isEqualTo("less than 1 s");
    assertThat(Words.span(Duration.ofHours(24))).isEqualTo("1 day");
    assertThat(Words.span(Duration.ofDays(3))).isEqualTo("3 days");
    assertThat(Words.count(12_345, "job")).isEqualTo("12,345 jobs");
  }
}
