package dev.cairn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cairn.event.Event;
import dev.cairn.event.EventKind;
import dev.cairn.event.EventSubscription;
import dev.cairn.resumable.Steps;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Times that no clock can count to are times without end, and negative ones are over. */
@Timeout(60)
class LongDurationsTest {
  private static final Duration FOREVER = ChronoUnit.FOREVER.getDuration();
  private static final Duration NEGATIVE = Duration.ofSeconds(Long.MIN_VALUE);

  @RegisterExtension static final TestDatabase database = new TestDatabase();
  @RegisterExtension final TestClients clients = new TestClients(database);

  private final List<String> notes = new CopyOnWriteArrayList<>();

  @JobKind("patient")
  record Patient() {}

  private JobRow work(Worker<Patient> worker) {
    Cairn client = clients.start(Patient.class, worker);
    long id = client.insert(new Patient()).id();
    clients.awaitJob(id, job -> assertThat(job.attemptedBy()).isNotEmpty());
    clients.awaitJob(id, job -> assertThat(job.state()).isNotEqualTo(JobState.RUNNING));
    return client.jobs().find(id).orElseThrow();
  }

  private void assertWaitsForYears(JobRow job) {
    assertThat(job.errors()).isEmpty();
    assertThat(job.state()).isEqualTo(JobState.SCHEDULED);
    assertThat(job.scheduledAt()).isAfter(Instant.now().plus(20_000, ChronoUnit.DAYS));
  }

  @Test
  void aClientWithoutAnyLimitWorks() {
    Cairn client =
        clients.build(builder ->
            builder
                .workers(Workers.builder().register(Patient.class, (job, context) -> {}).build())
                .queue("default", QueueOptions.of(1).withMaxRuntime(FOREVER))
                .queue("other", 1)
                .stuckThreshold(FOREVER)
                .rescueStuckJobsAfter(FOREVER)
                .jobTimeout(FOREVER)
                .flushInterval(FOREVER)
                .interruptDelay(FOREVER)
                .renewClaimsAfter(FOREVER)
                .shutdownGrace(FOREVER)
                .resumePolicy(
                    ResumePolicy.defaults().withMaxRuntime(FOREVER).withProgressDeadline(FOREVER)));
    client.start();

    for (String queue : List.of("default", "other")) {
      long id = client.insert(new Patient(), InsertOptions.defaults().withQueue(queue)).id();
      assertThat(clients.await(id, JobState.COMPLETED).errors()).isEmpty();
    }
    client.close();

    assertThat(client.stopped()).isCompleted();
  }

  @Test
  void whatIsKeptForEverKeepsNothingElse() {
    long completed = finished(JobState.COMPLETED);
    long discarded = finished(JobState.DISCARDED);

    clients.start(
        Patient.class,
        (job, context) -> {},
        builder -> builder.retention(Retention.defaults().withCompleted(FOREVER)));

    await().until(() -> clients.inserter().jobs().find(discarded).isEmpty());
    assertThat(clients.inserter().jobs().find(completed)).isPresent();
  }

  private long finished(JobState state) {
    long id = clients.inserter().insert(new Patient()).id();
    database.execute(
        """
        UPDATE %s.river_job SET state = '%s', finalized_at = now() - interval '100 years'
        WHERE id = ?
        """
            .formatted(database.schema(), state.label()),
        id);
    return id;
  }

  @Test
  void aJobSnoozesForEver() {
    assertWaitsForYears(
        work((job, context) -> {
          throw new JobSnoozeException(FOREVER);
        }));
  }

  @Test
  void aJobSleepsForEver() {
    assertWaitsForYears(work((job, context) -> Steps.of(context).sleep("nap", FOREVER)));
    assertWaitsForYears(work((job, context) -> Steps.of(context).sleepUntil("nap", Instant.MAX)));
  }

  @Test
  void aNegativeSleepIsOver() {
    JobRow job =
        work((it, context) -> {
          Steps.of(context).sleep("nap", NEGATIVE);
          Steps.of(context).sleepUntil("another", Instant.MIN);
        });

    assertThat(job.errors()).isEmpty();
    assertThat(job.state()).isEqualTo(JobState.COMPLETED);
    assertThat(job.attemptedBy()).hasSize(1);
  }

  @Test
  void aJobWaitsForASignalForEver() {
    JobRow waiting =
        work((job, context) ->
            notes.add(
                Steps.of(context)
                    .awaitSignal("answer", "answer", String.class, FOREVER)
                    .orElseThrow()));
    assertWaitsForYears(waiting);

    clients.inserter().signal("answer", "at last");

    clients.await(waiting.id(), JobState.COMPLETED);
    assertThat(notes).containsExactly("at last");
  }

  @Test
  void aNegativeWaitForASignalIsOver() {
    JobRow job =
        work((it, context) ->
            assertThat(Steps.of(context).awaitSignal("answer", "none", String.class, NEGATIVE))
                .isEmpty());

    assertThat(job.errors()).isEmpty();
    assertThat(job.state()).isEqualTo(JobState.COMPLETED);
  }

  @Test
  void aStepMayTakeForEver() {
    JobRow job =
        work((it, context) -> {
          Steps.of(context).timeout(FOREVER).step("slow", () -> notes.add("slow"));
          context.within(FOREVER, () -> notes.add("within"));
        });

    assertThat(job.errors()).isEmpty();
    assertThat(notes).containsExactly("slow", "within");
  }

  @Test
  void aPauseBetweenTriesIsShort() {
    JobRow job =
        work((it, context) -> {
          Steps steps = Steps.of(context);
          for (Duration pause : List.of(FOREVER, NEGATIVE, Duration.ofHours(25))) {
            try {
              steps.retrying(2, pause);
            } catch (IllegalArgumentException e) {
              notes.add(e.getMessage());
            }
          }
        });

    assertThat(job.errors()).isEmpty();
    assertThat(notes)
        .hasSize(3)
        .allSatisfy(message -> assertThat(message).contains("firstPause", "between"));
  }

  @Test
  void anEventIsAwaitedForEver() throws InterruptedException {
    Cairn client = clients.start(Patient.class, (job, context) -> {});
    try (EventSubscription events = client.subscribe(EventKind.JOB_COMPLETED)) {
      assertThat(events.poll(NEGATIVE)).isEmpty();
      client.insert(new Patient());

      Optional<Event> event = events.poll(FOREVER);

      assertThat(event).isPresent();
    }
  }
}
