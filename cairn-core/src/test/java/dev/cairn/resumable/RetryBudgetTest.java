package dev.cairn.resumable;

import static dev.cairn.resumable.ResumableJobs.cursorStep;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.cairn.Cairn;
import dev.cairn.InsertOptions;
import dev.cairn.Job;
import dev.cairn.JobDiscardException;
import dev.cairn.JobInterruption;
import dev.cairn.JobRow;
import dev.cairn.JobState;
import dev.cairn.QueueOptions;
import dev.cairn.ResumePolicy;
import dev.cairn.TestClients;
import dev.cairn.TestDatabase;
import dev.cairn.UncountedFailureException;
import dev.cairn.WorkContext;
import dev.cairn.Worker;
import dev.cairn.event.Event;
import dev.cairn.event.EventKind;
import dev.cairn.event.EventSubscription;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a job may use up: attempts, interruptions, time (R6, R18, R19, R22). */
class RetryBudgetTest {
  @RegisterExtension static final TestDatabase database = new TestDatabase();
  @RegisterExtension final TestClients clients = new TestClients(database);

  private final ResumableJobs jobs = new ResumableJobs(database, clients);

  /** A worker that fails after each row, with a policy. */
  private record Stumbling(ResumePolicy policy, long rows, boolean advances)
      implements Worker<ResumableJobs.Args> {
    @Override
    public void work(Job<ResumableJobs.Args> job, WorkContext context) throws Exception {
      Steps.of(context)
          .cursor(
              "rows",
              Long.class,
              0L,
              cursor -> {
                if (cursor.get() < rows) {
                  cursor.advance(cursor.get() + (advances ? 1 : 0));
                  throw new IllegalStateException("stumbled at " + cursor.get());
                }
              });
    }

    @Override
    public Optional<ResumePolicy> resumePolicy(Job<ResumableJobs.Args> job) {
      return Optional.of(policy);
    }
  }

  private JobRow runToItsEnd(Worker<ResumableJobs.Args> worker, int maxAttempts, JobState end) {
    Cairn client =
        clients.start(
            ResumableJobs.Args.class,
            worker,
            builder -> builder.retryPolicy((job, failures) -> Duration.ZERO));
    long id =
        client
            .insert(
                new ResumableJobs.Args("stumbles"),
                InsertOptions.defaults().withMaxAttempts(maxAttempts))
            .id();
    return clients.await(id, end);
  }

  @Test
  void r19_progressRenewsTheAttempts() {
    var worker = new Stumbling(ResumePolicy.defaults().renewedByProgress(), 10, true);

    JobRow job = runToItsEnd(worker, 2, JobState.COMPLETED);

    assertThat(job.errors()).hasSize(10);
    assertThat(job.metadata()).contains("\"cairn:attempts_renewed\": 9");
  }

  @Test
  void r19_withoutThePolicyOrWithoutProgressNothingIsRenewed() {
    JobRow plain =
        runToItsEnd(new Stumbling(ResumePolicy.defaults(), 10, true), 2, JobState.DISCARDED);
    assertThat(plain.errors()).hasSize(2);
    clients.inserter().jobs().delete(plain.id());

    var still = new Stumbling(ResumePolicy.defaults().renewedByProgress(), 10, false);
    JobRow job = runToItsEnd(still, 3, JobState.DISCARDED);
    assertThat(job.errors()).hasSize(3);
  }

  @Test
  void r19_theAttemptsOfAWholeLifeAreLimited() {
    var worker =
        new Stumbling(
            ResumePolicy.defaults().renewedByProgress().withTotalFailuresMax(5), 1_000, true);

    JobRow job = runToItsEnd(worker, 2, JobState.DISCARDED);

    assertThat(job.errors()).hasSize(5);
  }

  /** Seen before: each such failure after progress counted as one of the whole life. */
  @Test
  void r19_aFailureThatIsNotCountedUsesUpNothingOfTheWholeLife() {
    var runs = new AtomicInteger();
    var worker =
        new Worker<ResumableJobs.Args>() {
          @Override
          public void work(Job<ResumableJobs.Args> job, WorkContext context) throws Exception {
            int run = runs.incrementAndGet();
            Steps.of(context)
                .cursor(
                    "rows",
                    Long.class,
                    0L,
                    cursor -> {
                      if (run == 1) {
                        throw new IllegalStateException("the first failure");
                      }
                      cursor.advance(cursor.get() + 1);
                      if (run < 7) {
                        throw new UncountedFailureException("nobody's fault", null);
                      }
                      if (run == 7) {
                        throw new IllegalStateException("the second failure");
                      }
                    });
          }

          @Override
          public Optional<ResumePolicy> resumePolicy(Job<ResumableJobs.Args> job) {
            return Optional.of(ResumePolicy.defaults().renewedByProgress().withTotalFailuresMax(3));
          }
        };

    JobRow job = runToItsEnd(worker, 25, JobState.COMPLETED);

    assertThat(job.metadata()).contains("\"cairn:attempts_renewed\": 1");
  }

  @Test
  void r19_attemptsThatEndWhereTheyBeganAreTold() throws Exception {
    Cairn client =
        clients.start(
            ResumableJobs.Args.class,
            new Stumbling(ResumePolicy.defaults().withNoProgressAfter(2), 1, false),
            builder -> builder.retryPolicy((job, failures) -> Duration.ZERO));
    try (EventSubscription events = client.subscribe(EventKind.NO_PROGRESS)) {
      long id =
          client
              .insert(new ResumableJobs.Args("still"), InsertOptions.defaults().withMaxAttempts(4))
              .id();
      clients.await(id, JobState.DISCARDED);

      Optional<Event> event = events.poll(Duration.ofSeconds(10));

      assertThat(event)
          .hasValueSatisfying(e -> assertThat(e.kind()).isEqualTo(EventKind.NO_PROGRESS));
      assertThat(events.poll(Duration.ofMillis(1))).as("told once").isEmpty();
    }
  }

  @Test
  void r18_interruptionsAreLimitedAndCountedApartFromAttempts() {
    long id = 0;
    for (int i = 0; i < 2; i++) {
      var running = new CountDownLatch(1);
      Cairn client =
          jobs.start(
              cursorStep(
                  "rows",
                  cursor -> {
                    running.countDown();
                    while (true) {
                      cursor.advance(cursor.get() + 1);
                    }
                  }),
              builder -> builder.resumePolicy(ResumePolicy.defaults().withInterruptionsMax(2)));
      if (i == 0) {
        id = jobs.insert(client);
      }
      await().until(() -> running.getCount() == 0);
      client.stop(Duration.ofSeconds(10));
      JobRow job = client.jobs().find(id).orElseThrow();
      if (i == 0) {
        assertThat(job.state()).isEqualTo(JobState.AVAILABLE);
        assertThat(job.attempt()).isZero();
        assertThat(job.metadata()).contains("\"cairn:interruptions\": 1");
      } else {
        assertThat(job.state()).isEqualTo(JobState.DISCARDED);
        assertThat(job.errors().getLast().error()).contains("interrupted 2 times");
        assertThat(job.metadata())
            .as("a retry by River's UI does not end at its first interruption")
            .doesNotContain("cairn:interruptions");
      }
    }
  }

  @Test
  void r22_aLongJobLetsThoseThatWaitHaveItsSlot() {
    Cairn client =
        clients.start(
            ResumableJobs.Args.class,
            (job, context) -> {
              jobs.notes.add(job.args().name());
              if (job.args().name().equals("long")) {
                Steps.of(context)
                    .cursor(
                        "rows",
                        Long.class,
                        0L,
                        cursor -> {
                          while (!jobs.notes.contains("short")) {
                            cursor.advance(cursor.get() + 1);
                          }
                        });
              }
            },
            builder ->
                builder.queue("narrow", QueueOptions.of(1).withMaxRuntime(Duration.ofMillis(100))));
    var narrow = InsertOptions.defaults().withQueue("narrow");
    long longJob = client.insert(new ResumableJobs.Args("long"), narrow).id();
    await().until(() -> jobs.notes.contains("long"));
    client.insert(new ResumableJobs.Args("short"), narrow);

    JobRow job = clients.await(longJob, JobState.COMPLETED);

    assertThat(jobs.notes).contains("short");
    assertThat(job.attempt()).isEqualTo(1);
    assertThat(job.errors()).isEmpty();
    assertThat(job.metadata()).contains("cairn:yields").doesNotContain("cairn:interruptions");
  }

  @Test
  void r22_aKindMayHaveAMaximumRuntimeOfItsOwn() {
    var worker =
        new Worker<ResumableJobs.Args>() {
          @Override
          public void work(Job<ResumableJobs.Args> job, WorkContext context) throws Exception {
            Steps.of(context)
                .cursor(
                    "rows",
                    Long.class,
                    0L,
                    cursor -> {
                      jobs.notes.add("begun");
                      while (jobs.notes.size() < 3) {
                        cursor.advance(cursor.get() + 1);
                      }
                    });
          }

          @Override
          public Optional<ResumePolicy> resumePolicy(Job<ResumableJobs.Args> job) {
            return Optional.of(ResumePolicy.defaults().withMaxRuntime(Duration.ofMillis(50)));
          }
        };

    JobRow job = runToItsEnd(worker, 1, JobState.COMPLETED);

    int yields = job.attemptedBy().size() - 1;
    assertThat(yields).as("each time it had begun, at least").isGreaterThanOrEqualTo(2);
    assertThat(job.metadata()).contains("\"cairn:yields\": " + yields);
    assertThat(job.errors()).isEmpty();
  }

  @Test
  void r6_anAttemptWhoseCheckpointsDoNotMoveIsStoppedAndFails() {
    var advances = new AtomicInteger();
    Cairn client =
        jobs.start(
            cursorStep(
                "rows",
                cursor -> {
                  for (; advances.get() < 5; advances.incrementAndGet()) {
                    cursor.advance(cursor.get() + 1);
                  }
                  new CountDownLatch(1).await();
                }),
            builder ->
                builder.resumePolicy(
                    ResumePolicy.defaults().withProgressDeadline(Duration.ofSeconds(1))));
    long id = jobs.insert(client);

    JobRow job = clients.await(id, JobState.RETRYABLE);

    assertThat(job.attempt()).isEqualTo(1);
    assertThat(job.errors().getLast().error())
        .contains("has not moved its checkpoints for 1 s (ResumePolicy.progressDeadline)");
    assertThat(jobs.savedValue(id, "rows")).isEqualTo("5");
  }

  /** One item may take longer than the deadline, as long as it reports how far it is. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void r6_reportedProgressHoldsTheDeadlineOffAlsoWithinAnItem(boolean ofCursor) {
    Duration deadline = Duration.ofSeconds(2);
    ResumableJobs.Code code =
        (steps, context) ->
            steps.cursor(
                "files",
                Long.class,
                0L,
                cursor -> {
                  long end = System.nanoTime() + deadline.multipliedBy(3).dividedBy(2).toNanos();
                  for (long done = 0; System.nanoTime() < end; done++) {
                    if (ofCursor) {
                      cursor.progress(done, null);
                    } else {
                      steps.progress(done, null);
                    }
                    context.yieldIfInterrupted();
                    LockSupport.parkNanos(1_000_000);
                  }
                });
    Cairn client =
        jobs.start(
            code,
            builder ->
                builder.resumePolicy(ResumePolicy.defaults().withProgressDeadline(deadline)));
    long id = jobs.insert(client);

    JobRow job = clients.await(id, JobState.COMPLETED);

    assertThat(job.errors()).isEmpty();
  }

  @Test
  void r22_aWorkerMayEndItsAttemptForAReasonOfItsOwn() {
    Cairn client =
        jobs.start((steps, context) -> {
          steps.step("one", jobs.noting("one"));
          if (jobs.notes.size() == 1) {
            try {
              throw context.yieldNow("the bank is closed");
            } catch (JobInterruption e) {
              jobs.notes.add(e.reason() + String.valueOf(e.getMessage()));
              throw e;
            }
          }
        });
    long id = jobs.insert(client);

    JobRow done = clients.await(id, JobState.COMPLETED);

    assertThat(jobs.notes).hasSize(2).first().isEqualTo("one");
    assertThat(jobs.notes.getLast()).startsWith("REQUESTED").endsWith("the bank is closed");
    assertThat(done.attempt()).isEqualTo(1);
    assertThat(done.metadata()).contains("\"cairn:interruptions\": 1");
  }

  @Test
  void r22_aPauseOfTheQueueStopsItsJobsAtACheckpointIfItsOptionsSaySo() {
    var running = new CountDownLatch(1);
    Cairn client =
        jobs.start(
            cursorStep(
                "rows",
                cursor -> {
                  jobs.notes.add("from " + (cursor.get() > 0));
                  running.countDown();
                  while (!jobs.notes.contains("resumed")) {
                    cursor.advance(cursor.get() + 1);
                  }
                }),
            builder -> builder.queue("pausing", QueueOptions.of(1).withInterruptionByPause()));
    long id =
        client
            .insert(new ResumableJobs.Args("paused"), InsertOptions.defaults().withQueue("pausing"))
            .id();
    await().until(() -> running.getCount() == 0);

    client.queues().pause("pausing");
    JobRow paused = clients.await(id, JobState.AVAILABLE);
    assertThat(paused.attempt()).isZero();
    jobs.notes.add("resumed");
    client.queues().resume("pausing");

    clients.await(id, JobState.COMPLETED);
    assertThat(jobs.notes).containsExactly("from false", "resumed", "from true");
  }

  @Test
  void r21_aWorkerMayDiscardItsJob() {
    JobRow job =
        jobs.firstAttempt((steps, context) -> {
          throw new JobDiscardException("of no use any more");
        });

    assertThat(job.state()).isEqualTo(JobState.DISCARDED);
    assertThat(job.errors().getLast().error()).isEqualTo("of no use any more");
  }

  @Test
  void r19_aPolicySaysWhatItCannotMean() {
    assertThatThrownBy(() -> ResumePolicy.defaults().withTotalFailuresMax(0))
        .hasMessageContaining("totalFailuresMax");
    assertThatThrownBy(() -> ResumePolicy.defaults().withMaxRuntime(Duration.ZERO))
        .hasMessageContaining("maxRuntime");
  }
}
