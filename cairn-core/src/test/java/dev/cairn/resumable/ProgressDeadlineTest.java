package dev.cairn.resumable;

import static dev.cairn.resumable.ResumableJobs.cursorStep;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.Cairn;
import dev.cairn.Job;
import dev.cairn.JobRow;
import dev.cairn.JobState;
import dev.cairn.ResumePolicy;
import dev.cairn.TestClients;
import dev.cairn.TestDatabase;
import dev.cairn.WorkContext;
import dev.cairn.Worker;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** How long jobs with and without steps may go on (R6). */
class ProgressDeadlineTest {
  private static final Duration SHORT = Duration.ofMillis(150);

  /** Longer than a busy machine lets a thread wait. */
  private static final Duration DEADLINE = Duration.ofSeconds(2);

  private static final Duration LONGER = Duration.ofMillis(2_500);

  @RegisterExtension static final TestDatabase database = new TestDatabase();
  @RegisterExtension final TestClients clients = new TestClients(database);

  private final ResumableJobs jobs = new ResumableJobs(database, clients);

  private static ResumePolicy progressWithin(Duration time) {
    return ResumePolicy.defaults().withProgressDeadline(time);
  }

  /** Ends when it has made progress for so long. */
  private static CursorBody<Long> movingFor(Duration time) {
    return cursor -> {
      long end = System.nanoTime() + time.toNanos();
      while (System.nanoTime() < end) {
        cursor.advance(cursor.get() + 1);
        Thread.sleep(1);
      }
    };
  }

  @Test
  void r6_whatMovesMayGoOnForLongerThanItsProgressDeadline() {
    Cairn client =
        jobs.start(
            cursorStep("rows", movingFor(LONGER)),
            builder -> builder.resumePolicy(progressWithin(DEADLINE)));

    JobRow job = clients.await(jobs.insert(client), JobState.COMPLETED);

    assertThat(job.errors()).isEmpty();
  }

  @Test
  void r6_aTimeoutThatTheClientHasSetHoldsForAJobThatMoves() {
    Cairn client =
        jobs.start(
            cursorStep("rows", movingFor(Duration.ofMinutes(1))),
            builder -> builder.jobTimeout(Duration.ofSeconds(1)));
    long id = jobs.insert(client);

    JobRow job = clients.await(id, JobState.RETRYABLE);

    assertThat(job.errors().getLast().error())
        .contains("ran into its timeout of 1 s (CairnBuilder.jobTimeout)");
    assertThat(jobs.savedValue(id, "rows")).as("with its checkpoint kept").isNotNull();
  }

  @Test
  void r6_aTimeoutThatTheWorkerHasSetHoldsForAJobThatMoves() {
    Cairn client =
        clients.start(
            ResumableJobs.Args.class,
            new Worker<>() {
              @Override
              public void work(Job<ResumableJobs.Args> job, WorkContext context) throws Exception {
                Steps.of(context).cursor("rows", Long.class, 0L, movingFor(Duration.ofMinutes(1)));
              }

              @Override
              public Optional<Duration> timeout(Job<ResumableJobs.Args> job) {
                return Optional.of(SHORT);
              }
            },
            builder -> builder.retryPolicy((job, failures) -> Duration.ofHours(1)));

    JobRow job = clients.await(jobs.insert(client), JobState.RETRYABLE);

    assertThat(job.errors().getLast().error())
        .contains("ran into its timeout of 150 ms (Worker.timeout)");
  }

  /**
   * A job without steps has no checkpoints that could move, and one may begin with other things.
   */
  @Test
  void r6_theTimeBeforeTheFirstStepIsNotThatOfTheSteps() {
    Cairn client =
        jobs.start(
            (steps, context) -> {
              Thread.sleep(LONGER);
              steps.step("only", jobs.noting("only"));
            },
            builder -> builder.resumePolicy(progressWithin(DEADLINE)));

    JobRow job = clients.await(jobs.insert(client), JobState.COMPLETED);

    assertThat(job.errors()).isEmpty();
  }

  @Test
  void r6_progressThatAStepTellsCountsToo() {
    Cairn client =
        jobs.start(
            (steps, context) ->
                steps.step(
                    "index",
                    () -> {
                      for (int part = 0; part < 250; part++) {
                        steps.progress(part, 250L);
                        Thread.sleep(10);
                      }
                    }),
            builder -> builder.resumePolicy(progressWithin(DEADLINE)));

    JobRow job = clients.await(jobs.insert(client), JobState.COMPLETED);

    assertThat(job.errors()).isEmpty();
  }

  @Test
  void r6_withoutAProgressDeadlineAStepMayTakeAnyTime() {
    var begun = new CountDownLatch(1);
    var mayEnd = new CountDownLatch(1);
    Cairn client =
        jobs.start(
            (steps, context) ->
                steps.step(
                    "long",
                    () -> {
                      begun.countDown();
                      mayEnd.await();
                    }),
            builder ->
                builder.resumePolicy(
                    progressWithin(Duration.ofNanos(1)).withoutProgressDeadline()));
    long id = jobs.insert(client);
    assertThat(begun).satisfies(CountDownLatch::await);
    mayEnd.countDown();

    assertThat(clients.await(id, JobState.COMPLETED).errors()).isEmpty();
  }
}
