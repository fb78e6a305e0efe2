package dev.cairn.resumable;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.tuple;

import dev.cairn.Cairn;
import dev.cairn.CairnBuilder;
import dev.cairn.InsertOptions;
import dev.cairn.InterruptionReason;
import dev.cairn.JobInterruption;
import dev.cairn.JobRow;
import dev.cairn.JobSnoozeException;
import dev.cairn.JobState;
import dev.cairn.TestClients;
import dev.cairn.TestDatabase;
import dev.cairn.jobs.JobOperation;
import dev.cairn.jobs.JobOperator;
import dev.cairn.jobs.JobProgress;
import dev.cairn.jobs.JobQuery;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What operators do to jobs from outside (R28). */
class OperatorTest {
  @RegisterExtension static final TestDatabase database = new TestDatabase();
  @RegisterExtension final TestClients clients = new TestClients(database);

  private final ResumableJobs jobs = new ResumableJobs(database, clients);
  private final CountDownLatch running = new CountDownLatch(1);
  private final CountDownLatch mayEnd = new CountDownLatch(1);
  private final CompletableFuture<InterruptionReason> stopped = new CompletableFuture<>();

  private JobOperator ada() {
    return clients.inserter().jobs().operator("ada");
  }

  private JobProgress progress(long id) {
    return clients.inserter().jobs().progress(id).orElseThrow();
  }

  private JobRow row(long id) {
    return clients.inserter().jobs().find(id).orElseThrow();
  }

  /** Counts from its cursor on until it is stopped, or may end. */
  private long startCounting(UnaryOperator<CairnBuilder> settings) throws Exception {
    Cairn client =
        jobs.start(
            (steps, context) -> {
              steps.step("validate", jobs.noting("validate"));
              steps.cursor(
                  "count",
                  Long.class,
                  0L,
                  cursor -> {
                    jobs.notes.add("from " + (cursor.get() == 0 ? "0" : "there"));
                    try {
                      while (mayEnd.getCount() > 0) {
                        cursor.advance(cursor.get() + 1);
                        running.countDown();
                      }
                    } catch (JobInterruption e) {
                      stopped.complete(e.reason());
                      throw e;
                    }
                  });
            },
            settings);
    long id = jobs.insert(client);
    assertThat(running.await(20, TimeUnit.SECONDS)).isTrue();
    return id;
  }

  private InterruptionReason stopReason() throws Exception {
    return stopped.get(20, TimeUnit.SECONDS);
  }

  @Test
  void r28_anInterruptedJobGoesOnAtOnceAndUsesUpNoAttempt() throws Exception {
    long id = startCounting(builder -> builder);

    ada().interrupt(id);

    assertThat(stopReason()).isEqualTo(InterruptionReason.REQUESTED);
    clients.awaitJob(id, job -> assertThat(job.attemptedBy()).hasSize(2));
    mayEnd.countDown();
    JobRow job = clients.await(id, JobState.COMPLETED);
    assertThat(job.attempt()).isEqualTo(1);
    assertThat(job.errors()).isEmpty();
    assertThat(jobs.notes).containsExactly("validate", "from 0", "from there");
    assertThat(job.metadata()).contains("\"cairn:interruptions\": 1");
    assertThat(job.metadata()).doesNotContain("cairn:request");
    assertThat(progress(id).operations())
        .extracting(JobOperation::verb, JobOperation::by)
        .containsExactly(tuple("interrupt", "ada"));
  }

  @Test
  void r28_aRequestIsAlsoHeardWithoutNotifications() throws Exception {
    long id = startCounting(CairnBuilder::pollOnly);

    ada().pause(id);

    assertThat(stopReason()).isEqualTo(InterruptionReason.PAUSED);
    clients.await(id, JobState.PENDING);
  }

  @Test
  void r28_anInterruptionIsOnlyForTheAttemptItWasMeantFor() throws Exception {
    var stale = new CompletableFuture<Boolean>();
    var otherStopped = new CountDownLatch(1);
    Cairn client =
        jobs.start(
            (steps, context) -> {
              if (context.job().metadata().contains("cairn:request")) {
                otherStopped.await();
                stale.complete(context.interruption().isPresent());
              } else {
                while (context.interruption().isEmpty()) {
                  Thread.onSpinWait();
                }
                otherStopped.countDown();
              }
            },
            CairnBuilder::pollOnly);
    var pending = InsertOptions.defaults().withPending();
    long requested = client.insert(new ResumableJobs.Args("stale"), pending).id();
    database.execute(
        """
        UPDATE river_job SET state = 'available',
          metadata = '{"cairn:request": {"verb": "interrupt", "claim": 1}}'
        WHERE id = ?
        """,
        requested);
    long cancelled = client.insert(new ResumableJobs.Args("cancelled")).id();
    clients.await(cancelled, JobState.RUNNING);
    client.jobs().cancel(cancelled);

    assertThat(stale.get(20, TimeUnit.SECONDS)).isFalse();
  }

  @Test
  void r28_aJobThatDoesNotRunIsNotInterrupted() {
    long id = jobs.insert(clients.inserter());

    assertThat(ada().interrupt(id))
        .hasValueSatisfying(job -> assertThat(job.state()).isEqualTo(JobState.AVAILABLE));

    assertThat(progress(id).operations()).isEmpty();
    assertThat(ada().interrupt(-1)).isEmpty();
  }

  @Test
  void r28_aPausedJobWaitsUntilItIsResumed() throws Exception {
    long id = startCounting(builder -> builder);

    ada().pause(id);

    assertThat(stopReason()).isEqualTo(InterruptionReason.PAUSED);
    JobRow paused = clients.await(id, JobState.PENDING);
    assertThat(paused.attempt()).isZero();
    assertThat(paused.metadata())
        .as("a worker in Go sees the same")
        .contains("\"river:resumable_step\": \"validate\"", "\"river:resumable_cursor\"")
        .doesNotContain("cairn:request");

    mayEnd.countDown();
    assertThat(ada().resume(id)).isPresent();
    JobRow job = clients.await(id, JobState.COMPLETED);
    assertThat(job.attempt()).isEqualTo(1);
    assertThat(jobs.notes).containsExactly("validate", "from 0", "from there");
    assertThat(progress(id).operations())
        .extracting(JobOperation::verb)
        .containsExactly("pause", "resume");
  }

  @Test
  void r28_aPauseHoldsWhateverWayTheAttemptEnds() throws Exception {
    var fail = new CountDownLatch(1);
    Cairn client =
        jobs.start((steps, context) -> {
          running.countDown();
          fail.await();
          throw new IllegalStateException("failed");
        });
    long id = jobs.insert(client);
    running.await();

    ada().pause(id);
    assertThat(progress(id).pauseRequested()).isTrue();
    fail.countDown();

    JobRow job = clients.await(id, JobState.PENDING);
    assertThat(job.errors()).hasSize(1);
    assertThat(job.attempt()).isEqualTo(1);
  }

  /** An impatient operator interrupts what is to be paused. */
  @Test
  void r28_aPauseHoldsThoughTheJobIsInterruptedToo() {
    long id = insertRunningAt("slow_client");
    ada().pause(id);

    JobRow job = ada().interrupt(id).orElseThrow();

    assertThat(progress(id).pauseRequested()).isTrue();
    assertThat(job.state()).isEqualTo(JobState.RUNNING);
  }

  /** A mail that is due next week must not be sent because somebody looked at its job. */
  @Test
  void r28_aJobThatIsResumedBeforeItsTimeWaitsForIt() {
    Cairn inserter = clients.inserter();
    Instant due = Instant.now().plus(Duration.ofDays(7)).truncatedTo(ChronoUnit.MICROS);
    long later =
        inserter
            .insert(new ResumableJobs.Args("later"), InsertOptions.defaults().withScheduledAt(due))
            .id();
    long now = inserter.insert(new ResumableJobs.Args("now")).id();
    ada().pause(later);
    ada().pause(now);

    assertThat(ada().resume(later).orElseThrow().state()).isEqualTo(JobState.SCHEDULED);
    assertThat(ada().resume(now).orElseThrow().state()).isEqualTo(JobState.AVAILABLE);
    assertThat(inserter.jobs().find(later).orElseThrow().scheduledAt()).isEqualTo(due);
  }

  @Test
  void r28_aJobThatSnoozesWhileAPauseIsRequestedKeepsItsDelay() throws Exception {
    var go = new CountDownLatch(1);
    Cairn client =
        jobs.start((steps, context) -> {
          running.countDown();
          go.await();
          throw new JobSnoozeException(Duration.ofHours(6));
        });
    long id = jobs.insert(client);
    running.await();
    ada().pause(id);
    go.countDown();
    clients.await(id, JobState.PENDING);

    JobRow resumed = ada().resume(id).orElseThrow();

    assertThat(resumed.state()).isEqualTo(JobState.SCHEDULED);
    assertThat(resumed.scheduledAt()).isAfter(Instant.now().plus(Duration.ofHours(5)));
  }

  @Test
  void r28_aPauseHoldsWhenTheClientDies() {
    Cairn client = clients.start(ResumableJobs.Args.class, (job, context) -> {}, b -> b);
    long id = insertRunningAt("dead_client");
    ada().pause(id);
    database.execute(
        """
        INSERT INTO %s.cairn_client (id, heartbeat_at, timeout)
        VALUES ('dead_client', now() - interval '1 hour', interval '2 s')
        """
            .formatted(database.schema()));

    JobRow job = clients.await(id, JobState.PENDING);
    assertThat(job.metadata()).contains("river:rescue_count").doesNotContain("cairn:request");
    client.stop();
  }

  private long insertRunningAt(String clientId) {
    return database.number(
        """
        INSERT INTO %s.river_job (kind, args, max_attempts, state, attempt, attempted_at,
          attempted_by)
        VALUES ('resumable', '{"name": "lost"}', 25, 'running', 1, now(), ARRAY[?])
        RETURNING id
        """
            .formatted(database.schema()),
        clientId);
  }

  @Test
  void r28_aPauseThatIsTakenBackInTimeIsNone() {
    long id = insertRunningAt("elsewhere");
    ada().pause(id);

    ada().resume(id);

    assertThat(progress(id).pauseRequested()).isFalse();
    assertThat(row(id).state()).isEqualTo(JobState.RUNNING);
    assertThat(row(id).metadata()).doesNotContain("cairn:request");
  }

  @Test
  void r28_aJobThatWaitsIsPausedAtOnce() {
    long id = jobs.insert(clients.inserter());

    assertThat(ada().pause(id))
        .hasValueSatisfying(job -> assertThat(job.state()).isEqualTo(JobState.PENDING));
    ada().pause(id);
    assertThat(ada().resume(id))
        .hasValueSatisfying(job -> assertThat(job.state()).isEqualTo(JobState.AVAILABLE));
    ada().resume(id);

    assertThat(progress(id).operations())
        .extracting(JobOperation::verb)
        .as("what changed nothing is not recorded")
        .containsExactly("pause", "resume");
  }

  @Test
  void r28_aJobThatHasEndedIsNotPaused() {
    long id = jobs.insert(clients.inserter());
    assertThat(ada().cancel(id))
        .hasValueSatisfying(job -> assertThat(job.finalizedAt()).isNotNull());

    assertThatIllegalStateException()
        .isThrownBy(() -> ada().pause(id))
        .withMessage(
            "job %d (resumable) is cancelled and cannot be paused: retry or restart it [CAIRN-402]",
            id);
    assertThatIllegalStateException().isThrownBy(() -> ada().resume(id));
  }

  @Test
  void r28_aRunningJobIsCancelledAndThatIsRecorded() throws Exception {
    long id = startCounting(builder -> builder);

    ada().cancel(id);

    assertThat(stopReason()).isEqualTo(InterruptionReason.CANCELLED);
    clients.await(id, JobState.CANCELLED);
    assertThat(progress(id).operations()).extracting(JobOperation::verb).containsExactly("cancel");
  }

  @Test
  void r28_aCancelledJobThatIsRetriedIsNotCancelledAgain() throws Exception {
    Cairn client =
        jobs.start((steps, context) -> {
          throw new IllegalStateException("failed");
        });
    for (boolean recorded : new boolean[] {true, false}) {
      long id =
          client
              .insert(new ResumableJobs.Args("again"), InsertOptions.defaults().withPending())
              .id();
      client.jobs().cancel(id);
      if (recorded) {
        ada().retry(id);
      } else {
        client.jobs().retry(id);
      }
      JobRow job = clients.await(id, JobState.RETRYABLE);
      assertThat(job.metadata()).doesNotContain("cancel_attempted_at");
    }
  }

  @Test
  void r28_stepsOfARunningJobAreNotTouched() throws Exception {
    long id = startCounting(builder -> builder);
    String message =
        "job %d (resumable) is running, and its steps cannot be changed meanwhile: pause it first,"
            + " and resume it afterwards [CAIRN-401]";

    assertThatIllegalStateException()
        .isThrownBy(() -> ada().rewindToStep(id, "validate"))
        .withMessage(message, id);
    assertThatIllegalStateException().isThrownBy(() -> ada().rewindCursor(id, "count", "1"));
    assertThatIllegalStateException().isThrownBy(() -> ada().skipStep(id, "count"));
    assertThatIllegalStateException().isThrownBy(() -> ada().restart(id));
    assertThatIllegalStateException().isThrownBy(() -> ada().runAgainFrom(id, "count"));
    assertThat(progress(id).operations()).isEmpty();
    mayEnd.countDown();
  }

  @Test
  void r28_aStepIsSkippedOfAJobThatWasNeverClaimed() {
    long id =
        clients
            .inserter()
            .insert(new ResumableJobs.Args("new"), InsertOptions.defaults().withPending())
            .id();
    ada().skipStep(id, "charge");
    ada().retry(id);

    jobs.start((steps, context) -> {
      steps.step("charge", jobs.noting("charged"));
      steps.step("send", jobs.noting("sent"));
    });

    clients.await(id, JobState.COMPLETED);
    assertThat(jobs.notes).containsExactly("sent");
  }

  @Test
  void r8_whatAnOperatorSetsIsNoLargerThanWhatAJobMaySave() {
    long id =
        jobs.firstAttempt(
                ResumableJobs.cursorStep(
                    "count",
                    cursor -> {
                      cursor.advance(1L);
                      throw new IllegalStateException("stop");
                    }))
            .id();

    assertThatIllegalArgumentException()
        .isThrownBy(() -> ada().rewindCursor(id, "count", "\"" + "x".repeat(20_000) + "\""))
        .withMessageContainingAll("cursor of step 'count' of job " + id, "20002 bytes", "16384");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ada().skipStep(id, "count", "\"" + "x".repeat(300_000) + "\""))
        .withMessageContainingAll("result of step 'count' of job " + id, "300002 bytes", "262144");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ada().skipStep(id, "outer/" + "x".repeat(2_000)))
        .withMessageContaining("2006 bytes, but at most 2000");
    assertThat(progress(id).operations()).isEmpty();
  }

  @Test
  void r28_theLastFiftyOperationsAreKept() {
    long id = jobs.insert(clients.inserter());
    JobOperator ada = ada();
    for (int i = 0; i < 26; i++) {
      ada.pause(id);
      ada.resume(id);
    }
    clients.inserter().jobs().operator("bob").cancel(id);

    assertThat(progress(id).operations())
        .hasSize(50)
        .isSortedAccordingTo(Comparator.comparing(JobOperation::at));
    assertThat(progress(id).operations().getLast())
        .satisfies(last -> {
          assertThat(last.by()).isEqualTo("bob");
          assertThat(last.verb()).isEqualTo("cancel");
          assertThat(last.detail()).isNull();
        });
  }

  @Test
  void r28_theReasonOfAnOperatorIsRecordedWithWhatHeDoes() {
    Cairn client = clients.inserter();
    long id = jobs.insert(client);
    JobOperator ada = ada();

    ada.because("the supplier is down").pause(id);
    ada.resume(id);
    ada.because("not needed any more").cancelMany(JobQuery.all().withIds(Set.of(id)));

    assertThat(progress(id).operations())
        .extracting(JobOperation::verb, JobOperation::reason)
        .containsExactly(
            tuple("pause", "the supplier is down"),
            tuple("resume", null),
            tuple("cancel", "not needed any more"));
  }

  @Test
  void r28_aReasonIsStorableAndShort() {
    assertThatIllegalArgumentException().isThrownBy(() -> ada().because("a\0b"));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ada().because("x".repeat(1_001)))
        .withMessageContaining("1000 characters, not 1001");
  }
}
