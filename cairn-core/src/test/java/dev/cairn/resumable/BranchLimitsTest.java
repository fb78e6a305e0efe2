package dev.cairn.resumable;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.Cairn;
import dev.cairn.JobRow;
import dev.cairn.JobState;
import dev.cairn.TestClients;
import dev.cairn.TestDatabase;
import dev.cairn.TimeLimitException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** How far a failure and a time limit reach: to everything within, on whatever thread (R37). */
class BranchLimitsTest {
  private static final Duration SHORT = Duration.ofMillis(50);

  @RegisterExtension static final TestDatabase database = new TestDatabase();
  @RegisterExtension final TestClients clients = new TestClients(database);

  private final ResumableJobs jobs = new ResumableJobs(database, clients);

  private static BranchBody blocked() {
    return own -> new CountDownLatch(1).await();
  }

  private BranchBody endless(CountDownLatch running) {
    return own ->
        own.cursor(
            "rows",
            Long.class,
            0L,
            cursor -> {
              while (true) {
                cursor.advance(cursor.get() + 1);
                running.countDown();
                LockSupport.parkNanos(100_000);
              }
            });
  }

  @Test
  void r37_aFailureStopsTheBranchesWithinOtherBranchesToo() {
    var running = new CountDownLatch(1);
    JobRow job =
        jobs.firstAttempt((steps, context) ->
            steps.parallel(
                "outer",
                outer ->
                    outer
                        .add(
                            "nested",
                            own ->
                                own.parallel(
                                    "inner", inner -> inner.add("endless", endless(running))))
                        .add(
                            "bad",
                            own -> {
                              assertThat(running.await(10, TimeUnit.SECONDS)).isTrue();
                              throw new IllegalStateException("bad failed");
                            })));

    assertThat(job.state()).isEqualTo(JobState.RETRYABLE);
    assertThat(job.errors().getLast().error()).isEqualTo("bad failed");
    assertThat(jobs.checkpoints(job.id()))
        .as("what was stopped has not finished")
        .noneMatch(row -> (Boolean) row.get("finished"));
  }

  @Test
  void r37_aTimeLimitStopsBranchesThatBlockHoweverDeepTheyAre() {
    JobRow job =
        jobs.firstAttempt((steps, context) ->
            steps
                .timeout(SHORT)
                .parallel(
                    "outer",
                    outer ->
                        outer
                            .add("blocked", blocked())
                            .add("endless", endless(new CountDownLatch(1)))
                            .add(
                                "nested",
                                own ->
                                    own.parallel(
                                        "inner",
                                        inner -> inner.add("a", blocked()).add("b", blocked())))));

    assertThat(job.state()).isEqualTo(JobState.RETRYABLE);
    assertThat(job.errors().getLast().error()).contains("ran longer than the 50 ms");
  }

  @Test
  void r37_aTimeLimitEndsBranchesThatHaveNotBegun() {
    JobRow job =
        jobs.firstAttempt((steps, context) ->
            steps
                .timeout(SHORT)
                .parallel(
                    "load",
                    branches ->
                        branches
                            .add("a", blocked())
                            .add("b", own -> jobs.notes.add("never"))
                            .atMost(1)));

    assertThat(job.errors().getLast().error()).contains("ran longer than the 50 ms");
    assertThat(jobs.notes).isEmpty();
  }

  @Test
  void r37_branchesThatRanTooLongAreTriedAgain() {
    var first = new CountDownLatch(1);
    // More tries than the hang needs: on a busy machine, others may take too long too.
    JobRow job =
        jobs.firstAttempt((steps, context) ->
            steps
                .retrying(10, Duration.ofMillis(1))
                .timeout(Duration.ofSeconds(2))
                .parallel(
                    "load",
                    branches ->
                        branches
                            .add("good", own -> own.step("one", jobs.noting("good")))
                            .add(
                                "slow",
                                own -> {
                                  if (first.getCount() > 0) {
                                    first.countDown();
                                    new CountDownLatch(1).await();
                                  }
                                })));

    assertThat(job.state()).isEqualTo(JobState.COMPLETED);
    assertThat(job.errors()).isEmpty();
    assertThat(jobs.notes).containsExactly("good");
  }

  @Test
  void r37_theTimeThatABranchWaitsDoesNotCount() {
    Cairn client =
        jobs.start((steps, context) ->
            steps
                .timeout(Duration.ofSeconds(1))
                .parallel(
                    "all",
                    branches ->
                        branches
                            .add("waits", own -> own.awaitSignal("signal", "go", String.class))
                            .add("runs", own -> own.step("one", jobs.noting("one")))));
    long id = jobs.insert(client);
    clients.await(id, JobState.SCHEDULED);
    long asleep = System.nanoTime();
    clients.awaitJob(
        id,
        job -> assertThat(System.nanoTime() - asleep).isGreaterThan(TimeUnit.SECONDS.toNanos(1)));

    client.signal("go", "on");

    assertThat(clients.await(id, JobState.COMPLETED).errors()).isEmpty();
  }

  @Test
  void r37_anInnerTimeLimitLeavesTheInterruptOfAnOuterOne() {
    JobRow job =
        jobs.firstAttempt((steps, context) -> {
          long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(400);
          context.within(
              Duration.ofMillis(100),
              () -> {
                context.within(
                    Duration.ofMillis(10),
                    () -> {
                      while (System.nanoTime() < end) {
                        Thread.onSpinWait();
                      }
                      return true;
                    });
                new CountDownLatch(1).await();
                return true;
              });
        });

    assertThat(job.errors().getLast().error()).contains("ran longer than the 100 ms");
  }

  @Test
  void r37_aForkedThreadIsUnderTheLimitOfItsCodeAndNoLongerThanThat() {
    JobRow job =
        jobs.firstAttempt((steps, context) -> {
          try {
            context.within(
                SHORT,
                () -> {
                  Thread fork =
                      context.fork(() -> {
                        try {
                          new CountDownLatch(1).await();
                        } catch (InterruptedException e) {
                          jobs.notes.add("interrupted");
                        }
                        try {
                          context.yieldIfInterrupted();
                        } catch (TimeLimitException e) {
                          jobs.notes.add("told");
                        }
                      });
                  while (fork.isAlive()) {
                    LockSupport.parkNanos(100_000);
                  }
                  throw new IllegalStateException("over");
                });
          } catch (TimeLimitException e) {
            context.yieldIfInterrupted();
            Thread after = context.fork(() -> jobs.notes.add("after " + Thread.interrupted()));
            after.join();
          }
        });

    assertThat(job.state()).isEqualTo(JobState.COMPLETED);
    assertThat(jobs.notes).containsExactly("interrupted", "told", "after false");
  }
}
