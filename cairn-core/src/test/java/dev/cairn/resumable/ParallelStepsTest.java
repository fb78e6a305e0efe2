package dev.cairn.resumable;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cairn.Cairn;
import dev.cairn.JobRow;
import dev.cairn.JobState;
import dev.cairn.TestClients;
import dev.cairn.TestDatabase;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Steps that run at the same time (R12). */
class ParallelStepsTest {
  @RegisterExtension static final TestDatabase database = new TestDatabase();
  @RegisterExtension final TestClients clients = new TestClients(database);

  private final ResumableJobs jobs = new ResumableJobs(database, clients);

  @Test
  void r12_branchesRunAtTheSameTimeEachWithStepsOfItsOwn() {
    var both = new CyclicBarrier(2);

    JobRow job =
        jobs.firstAttempt((steps, context) -> {
          steps.parallel(
              "load",
              branches -> {
                for (String name : new String[] {"a", "b"}) {
                  branches.add(
                      name,
                      own -> {
                        own.step("first", () -> both.await(10, TimeUnit.SECONDS));
                        own.step("second", jobs.noting(name + " second"));
                      });
                }
              });
          jobs.notes.add("after");
        });

    assertThat(job.state()).isEqualTo(JobState.COMPLETED);
    assertThat(jobs.notes).containsExactlyInAnyOrder("a second", "b second", "after");
    assertThat(jobs.notes).endsWith("after");
  }

  @Test
  void r12_afterAFailureOnlyTheStepsThatHadNotFinishedRunAgain() {
    JobRow job =
        jobs.firstAttempt((steps, context) -> {
          var finished = new CountDownLatch(1);
          steps.parallel(
              "load",
              branches ->
                  branches
                      .add(
                          "good",
                          own -> {
                            own.step("one", jobs.noting("good one"));
                            finished.countDown();
                          })
                      .add(
                          "bad",
                          own -> {
                            own.cursor("rows", Long.class, 0L, cursor -> cursor.advance(7L));
                            assertThat(finished.await(10, TimeUnit.SECONDS)).isTrue();
                            own.step("fails", jobs.failing("bad"));
                          }));
        });
    assertThat(job.errors().getLast().error()).isEqualTo("bad failed");

    JobRow next =
        jobs.nextAttempt(
            job.id(),
            (steps, context) ->
                steps.parallel(
                    "load",
                    branches ->
                        branches
                            .add("good", own -> own.step("one", jobs.noting("good again")))
                            .add(
                                "bad",
                                own -> {
                                  own.cursor(
                                      "rows",
                                      Long.class,
                                      0L,
                                      cursor -> jobs.notes.add("rows again"));
                                  own.step("fails", jobs.noting("bad done"));
                                })));

    assertThat(next.state()).isEqualTo(JobState.COMPLETED);
    assertThat(jobs.notes).containsExactlyInAnyOrder("good one", "bad", "bad done");
  }

  @Test
  void r12_oneFailureStopsTheOtherBranchesAtTheirNextCheckpoint() {
    var running = new CountDownLatch(1);
    JobRow job =
        jobs.firstAttempt((steps, context) ->
            steps.parallel(
                "load",
                branches ->
                    branches
                        .add(
                            "endless",
                            own ->
                                own.cursor(
                                    "rows",
                                    Long.class,
                                    0L,
                                    cursor -> {
                                      running.countDown();
                                      while (true) {
                                        cursor.advance(cursor.get() + 1);
                                        Thread.onSpinWait();
                                      }
                                    }))
                        .add(
                            "bad",
                            own -> {
                              assertThat(running.await(10, TimeUnit.SECONDS)).isTrue();
                              throw new IllegalStateException("bad failed");
                            })));

    assertThat(job.state()).isEqualTo(JobState.RETRYABLE);
    assertThat(job.errors().getLast().error()).isEqualTo("bad failed");
    assertThat(jobs.savedValue(job.id(), "load/endless/rows")).isNotNull();
  }

  @Test
  void r12_aShutdownStopsAllBranchesAndKeepsWhereTheyWere() {
    var running = new CountDownLatch(3);
    Cairn client =
        jobs.start((steps, context) ->
            steps.parallel(
                "load",
                branches -> {
                  for (int i = 0; i < 3; i++) {
                    branches.add(
                        "part " + i,
                        own ->
                            own.cursor(
                                "rows",
                                Long.class,
                                0L,
                                cursor -> {
                                  cursor.advance(1L);
                                  running.countDown();
                                  while (true) {
                                    context.yieldIfInterrupted();
                                    LockSupport.parkNanos(100_000);
                                  }
                                }));
                  }
                }));
    long id = jobs.insert(client);
    await().until(() -> running.getCount() == 0);

    client.stop(Duration.ofSeconds(10));

    JobRow job = client.jobs().find(id).orElseThrow();
    assertThat(job.state()).isEqualTo(JobState.AVAILABLE);
    assertThat(job.attempt()).isZero();
    for (int i = 0; i < 3; i++) {
      assertThat(jobs.savedValue(id, "load/part " + i + "/rows")).isEqualTo("1");
    }
  }

  @Test
  void r12_aTimeoutInterruptsTheThreadsOfTheBranches() {
    Cairn client =
        jobs.start(
            (steps, context) ->
                steps.parallel(
                    "load",
                    branches ->
                        branches
                            .add("a", own -> new CountDownLatch(1).await())
                            .add("b", own -> new CountDownLatch(1).await())),
            builder -> builder.jobTimeout(Duration.ofMillis(50)));
    long id = jobs.insert(client);

    JobRow job = clients.await(id, JobState.RETRYABLE);
    assertThat(job.errors().getLast().error()).contains("timeout");
  }

  @Test
  void r12_noMoreBranchesRunAtOnceThanAllowed() {
    var now = new AtomicInteger();
    var most = new AtomicInteger();
    JobRow job =
        jobs.firstAttempt((steps, context) ->
            steps.parallel(
                "load",
                branches -> {
                  branches.atMost(2);
                  for (int i = 0; i < 20; i++) {
                    branches.add(
                        "part " + i,
                        own -> {
                          most.accumulateAndGet(now.incrementAndGet(), Math::max);
                          own.step("work", () -> Thread.onSpinWait());
                          now.decrementAndGet();
                        });
                  }
                }));

    assertThat(job.state()).isEqualTo(JobState.COMPLETED);
    assertThat(most.get()).isBetween(1, 2);
  }

  @Test
  void r12_aBranchThatWasInProgressAndIsGoneStopsTheJobBeforeOthersRun() {
    JobRow job =
        jobs.firstAttempt((steps, context) ->
            steps.parallel(
                "load",
                branches ->
                    branches.add(
                        "a",
                        own ->
                            own.cursor(
                                "rows",
                                Long.class,
                                0L,
                                cursor -> {
                                  cursor.advance(1L);
                                  throw new IllegalStateException("stop");
                                }))));

    JobRow next =
        jobs.nextAttempt(
            job.id(),
            (steps, context) ->
                steps.parallel(
                    "load", branches -> branches.add("b", own -> jobs.notes.add("never"))));

    assertThat(next.errors().getLast().error()).contains("'load/a'", "branches");
    assertThat(next.attempt()).isEqualTo(1);
    assertThat(jobs.notes).isEmpty();
  }

  @Test
  void r12_theStepsOfTheJobCannotBeUsedByABranch() {
    JobRow job =
        jobs.firstAttempt((steps, context) ->
            steps.parallel(
                "load",
                branches -> branches.add("a", own -> steps.step("x", jobs.noting("never")))));

    assertThat(job.errors().getLast().error()).contains("step 'x'", "branch");
    assertThat(jobs.notes).isEmpty();
  }
}
