package dev.cairn.resumable;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cairn.Cairn;
import dev.cairn.InsertOptions;
import dev.cairn.JobCancelException;
import dev.cairn.JobRow;
import dev.cairn.JobSnoozeException;
import dev.cairn.JobState;
import dev.cairn.TestClients;
import dev.cairn.TestDatabase;
import dev.cairn.source.Sources;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Branches that wait while others go on (R36). */
class WaitingBranchesTest {
  private static final Duration HOUR = Duration.ofHours(1);
  private static final Duration CLOSE = Duration.ofMinutes(1);

  @RegisterExtension static final TestDatabase database = new TestDatabase();
  @RegisterExtension final TestClients clients = new TestClients(database);

  private final ResumableJobs jobs = new ResumableJobs(database, clients);

  private BranchBody loop(int rows) {
    return own ->
        own.cursor(
            "rows",
            Integer.class,
            0,
            cursor -> {
              while (cursor.get() < rows) {
                cursor.advance(cursor.get() + 1);
              }
              jobs.notes.add("rows " + cursor.get());
            });
  }

  private BranchBody signal(String signal) {
    return own -> jobs.notes.add(signal + " " + own.awaitSignal("signal", signal, String.class));
  }

  private static BranchBody sleep(Duration time) {
    return own -> own.sleep("nap", time);
  }

  private long waits() {
    return database.number("SELECT count(*) FROM %s.cairn_wait".formatted(database.schema()));
  }

  @Test
  void r36_aBranchGoesOnWhileAnotherWaits() {
    Cairn client =
        jobs.start((steps, context) -> {
          steps.parallel(
              "all",
              branches -> branches.add("approval", signal("approved")).add("import", loop(5_000)));
          jobs.notes.add("after");
        });
    long id = jobs.insert(client);

    JobRow waiting = clients.await(id, JobState.SCHEDULED);
    assertThat(jobs.notes).containsExactly("rows 5000");
    assertThat(waiting.attempt()).isZero();
    assertThat(waiting.errors()).isEmpty();

    assertThat(client.signal("approved", "yes")).isEqualTo(1);

    clients.await(id, JobState.COMPLETED);
    assertThat(jobs.notes).containsExactly("rows 5000", "approved yes", "after");
  }

  @Test
  void r36_aBranchMayGiveTheSignalThatAnotherWaitsFor() {
    var waits = new CountDownLatch(1);
    Cairn client =
        jobs.start((steps, context) ->
            steps.parallel(
                "all",
                branches ->
                    branches
                        .add(
                            "waits",
                            own -> {
                              waits.countDown();
                              jobs.notes.add(own.awaitSignal("signal", "ready", String.class));
                            })
                        .add(
                            "gives",
                            own -> {
                              own.step("later", () -> waits.await(10, TimeUnit.SECONDS));
                              own.step("give", () -> context.client().signal("ready", "now"));
                            })));
    long id = jobs.insert(client);

    JobRow job = clients.await(id, JobState.COMPLETED);

    assertThat(jobs.notes).containsExactly("now");
    assertThat(job.attempt()).isEqualTo(1);
    assertThat(waits()).isZero();
  }

  @Test
  void r36_theAttemptIsSuspendedForTheEarliestTimeOfItsBranches() {
    JobRow job =
        jobs.firstAttempt((steps, context) ->
            steps.parallel(
                "all",
                branches ->
                    branches
                        .add("long", sleep(HOUR.multipliedBy(9)))
                        .add("short", sleep(HOUR))
                        .add("for a signal", signal("never"))
                        .add(
                            "for a time",
                            own ->
                                own.awaitSignal(
                                    "signal", "never", String.class, HOUR.multipliedBy(5)))));

    assertThat(job.state()).isEqualTo(JobState.SCHEDULED);
    assertThat(Duration.between(Instant.now().plus(HOUR), job.scheduledAt()).abs())
        .isLessThan(CLOSE);
    assertThat(waits()).isEqualTo(2);
  }

  @Test
  void r36_eachBranchSleepsForItsOwnTime() {
    Cairn client =
        jobs.start((steps, context) ->
            steps.parallel(
                "all",
                branches ->
                    branches
                        .add("long", sleep(HOUR))
                        .add(
                            "short",
                            own -> {
                              own.sleep("nap", Duration.ofMillis(300));
                              jobs.notes.add("short");
                            })));
    long id = jobs.insert(client);

    clients.awaitJob(
        id,
        job -> {
          assertThat(jobs.notes).containsExactly("short");
          assertThat(job.state()).isEqualTo(JobState.SCHEDULED);
          assertThat(job.attempt()).isZero();
          assertThat(Duration.between(Instant.now().plus(HOUR), job.scheduledAt()).abs())
              .isLessThan(CLOSE);
        });
  }

  @Test
  void r36_theSignalOfAnyBranchWakesAlsoWhereOneRunsAtATime() {
    Cairn client =
        jobs.start((steps, context) ->
            steps.parallel(
                "all",
                branches ->
                    branches
                        .add("a", signal("sa"))
                        .add("b", signal("sb"))
                        .add("c", loop(3))
                        .atMost(1)));
    long id = jobs.insert(client);
    clients.await(id, JobState.SCHEDULED);
    assertThat(jobs.notes).containsExactly("rows 3");

    assertThat(client.signal("sb", "second")).isEqualTo(1);
    clients.awaitJob(
        id,
        job -> {
          assertThat(jobs.notes).contains("sb second");
          assertThat(job.state()).isEqualTo(JobState.SCHEDULED);
        });
    assertThat(client.signal("sa", "first")).isEqualTo(1);

    clients.await(id, JobState.COMPLETED);
    assertThat(jobs.notes).containsExactly("rows 3", "sb second", "sa first");
    assertThat(waits()).isZero();
  }

  @Test
  void r36_oneSignalIsForEveryBranchThatWaitsForIt() {
    Cairn client =
        jobs.start((steps, context) ->
            steps.parallel(
                "all", branches -> branches.add("a", signal("s")).add("b", signal("s"))));
    long id = jobs.insert(client);
    clients.await(id, JobState.SCHEDULED);

    assertThat(client.signal("s", "for both")).isEqualTo(1);

    JobRow job = clients.await(id, JobState.COMPLETED);
    assertThat(jobs.notes).containsExactly("s for both", "s for both");
    assertThat(job.attemptedBy()).hasSize(2);
  }

  @Test
  void r36_aFailureComesBeforeTheWaitsOfOtherBranches() {
    var other = new CountDownLatch(1);
    Cairn client =
        jobs.start((steps, context) ->
            steps.parallel(
                "all",
                branches ->
                    branches
                        .add(
                            "waits",
                            own -> {
                              other.countDown();
                              own.sleep("nap", HOUR);
                            })
                        .add(
                            "fails",
                            own -> {
                              assertThat(other.await(10, TimeUnit.SECONDS)).isTrue();
                              await()
                                  .until(() ->
                                      jobs.savedValue(context.job().id(), "all/waits/nap") != null);
                              throw new IllegalStateException("no such customer");
                            })));
    long id =
        client
            .insert(new ResumableJobs.Args("x"), InsertOptions.defaults().withMaxAttempts(1))
            .id();

    JobRow job = clients.await(id, JobState.DISCARDED);

    assertThat(job.errors().getLast().error()).isEqualTo("no such customer");
  }

  @Test
  void r36_aCancellationComesBeforeTheWaitsOfOtherBranches() {
    JobRow job =
        jobs.firstAttempt((steps, context) ->
            steps.parallel(
                "all",
                branches ->
                    branches
                        .add("waits", signal("never"))
                        .add(
                            "cancels",
                            own -> {
                              throw new JobCancelException("not wanted");
                            })
                        .atMost(1)));

    assertThat(job.state()).isEqualTo(JobState.CANCELLED);
  }

  @Test
  void r36_aSnoozeComesBeforeTheWaitsOfOtherBranchesAndNoSignalCutsItShort() {
    Cairn client =
        jobs.start((steps, context) ->
            steps.parallel(
                "all",
                branches ->
                    branches
                        .add("waits", signal("early"))
                        .add(
                            "snoozes",
                            own -> {
                              throw new JobSnoozeException(HOUR);
                            })
                        .atMost(1)));
    long id = jobs.insert(client);
    JobRow snoozed = clients.await(id, JobState.SCHEDULED);

    assertThat(client.signal("early", "bird")).isZero();

    assertThat(client.jobs().find(id).orElseThrow().scheduledAt()).isEqualTo(snoozed.scheduledAt());
    client.stop();
    JobRow next =
        jobs.nextAttempt(
            id,
            (steps, context) ->
                steps.parallel(
                    "all",
                    branches -> branches.add("waits", signal("early")).add("snoozes", own -> {})));
    assertThat(next.state()).isEqualTo(JobState.COMPLETED);
    assertThat(jobs.notes).containsExactly("early bird");
  }

  /** The inner branch that waits is stopped with the others before anybody asks for its wait. */
  @Test
  void r36_noWaitOfABranchWithinAStoppedOneCutsASnoozeShort() {
    var waiting = new CountDownLatch(1);
    Cairn client =
        jobs.start((steps, context) ->
            steps.parallel(
                "all",
                branches ->
                    branches
                        .add(
                            "inner",
                            own ->
                                own.parallel(
                                    "both",
                                    inner -> {
                                      inner.add("waits", signal("early"));
                                      inner.add(
                                          "works",
                                          working ->
                                              working.step(
                                                  "until stopped",
                                                  () -> {
                                                    await().until(() -> waits() > 0);
                                                    waiting.countDown();
                                                    stopped(working);
                                                  }));
                                    }))
                        .add(
                            "snoozes",
                            own -> {
                              waiting.await();
                              throw new JobSnoozeException(HOUR);
                            })));
    long id = jobs.insert(client);
    clients.await(id, JobState.SCHEDULED);

    assertThat(client.signal("early", "bird")).isZero();
  }

  /** Works until another branch has ended. */
  private static void stopped(Steps steps) throws Exception {
    steps.cursor(
        "on and on",
        Long.class,
        0L,
        cursor -> {
          while (true) {
            cursor.advance(cursor.get() + 1);
            Thread.sleep(1);
          }
        });
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void r36_noWaitOfAnEarlierAttemptCutsASnoozeShort(boolean usesSteps) {
    long id = jobs.firstAttempt((steps, context) -> signal("early").run(steps)).id();

    JobRow snoozed =
        jobs.nextAttempt(
            id,
            (steps, context) -> {
              if (usesSteps) {
                steps.step("before", () -> {});
              }
              throw new JobSnoozeException(HOUR);
            });

    assertThat(snoozed.state()).isEqualTo(JobState.SCHEDULED);
    assertThat(clients.inserter().signal("early", "bird")).isZero();
  }

  /**
   * The application's middleware is outside of Cairn's own, which forgets the waits of a snooze.
   */
  @Test
  void r36_noWaitOfAnEarlierAttemptCutsASnoozeOfAMiddlewareShort() {
    long id = jobs.firstAttempt((steps, context) -> signal("early").run(steps)).id();

    Cairn client =
        jobs.start(
            (steps, context) -> {},
            builder ->
                builder.middleware((context, next) -> {
                  throw new JobSnoozeException(HOUR);
                }));
    database.execute(
        "UPDATE %s.river_job SET state = 'available', scheduled_at = now() WHERE id = ?"
            .formatted(database.schema()),
        id);
    clients.awaitJob(
        id,
        job -> {
          assertThat(job.state()).isEqualTo(JobState.SCHEDULED);
          assertThat(job.scheduledAt()).isBefore(Instant.now().plus(HOUR.multipliedBy(2)));
        });
    client.stop();

    assertThat(clients.inserter().signal("early", "bird")).isZero();
  }

  @Test
  void r36_aShutdownComesBeforeTheWaitsOfOtherBranches() {
    var running = new CountDownLatch(1);
    Cairn client =
        jobs.start((steps, context) ->
            steps.parallel(
                "all",
                branches ->
                    branches
                        .add("waits", sleep(HOUR))
                        .add(
                            "runs",
                            own ->
                                own.cursor(
                                    "rows",
                                    Integer.class,
                                    0,
                                    cursor -> {
                                      cursor.advance(7);
                                      running.countDown();
                                      while (true) {
                                        context.yieldIfInterrupted();
                                        LockSupport.parkNanos(100_000);
                                      }
                                    }))
                        .atMost(1)));
    long id = jobs.insert(client);
    await().until(() -> running.getCount() == 0);

    client.stop(Duration.ofSeconds(10));

    JobRow job = client.jobs().find(id).orElseThrow();
    assertThat(job.state()).isEqualTo(JobState.AVAILABLE);
    assertThat(job.attempt()).isZero();
    assertThat(jobs.savedValue(id, "all/runs/rows")).isEqualTo("7");
    assertThat(jobs.savedValue(id, "all/waits/nap")).isNotNull();
  }

  @Test
  void r36_branchesWithinBranchesWaitForAllOfThem() {
    Cairn client =
        jobs.start((steps, context) ->
            steps.parallel(
                "outer",
                outer ->
                    outer
                        .add(
                            "nested",
                            own -> {
                              own.parallel(
                                  "inner",
                                  inner -> inner.add("a", signal("sa")).add("b", signal("sb")));
                              jobs.notes.add("inner done");
                            })
                        .add("import", loop(1_000))));
    long id = jobs.insert(client);
    clients.await(id, JobState.SCHEDULED);
    assertThat(jobs.notes).containsExactly("rows 1000");

    client.signal("sb", "1");
    clients.awaitJob(
        id,
        job -> {
          assertThat(jobs.notes).contains("sb 1");
          assertThat(job.state()).isEqualTo(JobState.SCHEDULED);
        });
    client.signal("sa", "2");

    clients.await(id, JobState.COMPLETED);
    assertThat(jobs.notes).containsExactly("rows 1000", "sb 1", "sa 2", "inner done");
  }

  @Test
  void r36_aBranchWaitsWithinAnItemAndGoesOnWithIt() {
    Cairn client =
        jobs.start((steps, context) ->
            steps.parallel(
                "all",
                branches ->
                    branches
                        .add(
                            "items",
                            own ->
                                own.forEach(
                                    "each",
                                    Sources.range(0, 3),
                                    item -> {
                                      if (item == 1) {
                                        own.awaitSignal("signal", "go", String.class);
                                      }
                                      jobs.notes.add("item " + item);
                                    }))
                        .add("import", loop(10))
                        .atMost(1)));
    long id = jobs.insert(client);
    clients.await(id, JobState.SCHEDULED);
    assertThat(jobs.notes).containsExactly("item 0", "rows 10");

    client.signal("go", "on");

    clients.await(id, JobState.COMPLETED);
    assertThat(jobs.notes).containsExactly("item 0", "rows 10", "item 1", "item 2");
  }

  @Test
  void r36_anIsolatedStepOfABranchBeginsInAnAttemptBeforeWhichNothingOfThatBranchWasDone() {
    var attempts = new AtomicInteger();
    Cairn client =
        jobs.start((steps, context) -> {
          int attempt = attempts.incrementAndGet();
          steps.parallel(
              "all",
              branches -> {
                for (String name : new String[] {"a", "b"}) {
                  branches.add(
                      name,
                      own -> {
                        own.step("before", jobs.noting(name + " before " + attempt));
                        own.isolated().step("alone", jobs.noting(name + " alone " + attempt));
                        own.step("after", jobs.noting(name + " after " + attempt));
                      });
                }
                branches.atMost(1);
              });
          steps.isolated().step("last", jobs.noting("last " + attempt));
        });
    long id = jobs.insert(client);

    JobRow job = clients.await(id, JobState.COMPLETED);

    assertThat(jobs.notes)
        .containsExactly(
            "a before 1",
            "b before 1",
            "a alone 2",
            "a after 2",
            "b alone 2",
            "b after 2",
            "last 3");
    assertThat(job.attempt()).isEqualTo(1);
  }

  @Test
  void r36_aWaitThatABranchSwallowsIsNotItsEnd() {
    Cairn client =
        jobs.start((steps, context) ->
            steps.parallel(
                "all",
                branches ->
                    branches
                        .add(
                            "swallows",
                            own ->
                                own.step(
                                    "around",
                                    () -> {
                                      try {
                                        own.awaitSignal("signal", "go", String.class);
                                      } catch (Throwable e) {
                                        jobs.notes.add("swallowed");
                                        return;
                                      }
                                      jobs.notes.add("got it");
                                    }))
                        .add("import", loop(3))
                        .atMost(1)));
    long id = jobs.insert(client);
    clients.await(id, JobState.SCHEDULED);

    client.signal("go", "on");

    clients.await(id, JobState.COMPLETED);
    assertThat(jobs.notes).containsExactly("swallowed", "rows 3", "got it");
  }

  @Test
  void r36_aWaitInAStepThatIsTriedAgainKeepsItsTime() {
    var failed = new AtomicBoolean();
    var time = new AtomicInteger(1);
    JobRow job =
        jobs.firstAttempt((steps, context) ->
            steps
                .retrying(2, Duration.ZERO)
                .parallel(
                    "all",
                    branches ->
                        branches
                            .add(
                                "waits",
                                own -> own.sleep("nap", HOUR.multipliedBy(time.getAndAdd(5))))
                            .add(
                                "fails once",
                                own -> {
                                  if (failed.compareAndSet(false, true)) {
                                    throw new IllegalStateException("busy");
                                  }
                                })
                            .atMost(1)));

    assertThat(job.state()).isEqualTo(JobState.SCHEDULED);
    assertThat(Duration.between(Instant.now().plus(HOUR), job.scheduledAt()).abs())
        .isLessThan(CLOSE);
  }

  @Test
  void r36_aWaitThatTimesOutLetsItsBranchGoOnAndTheOthersWait() {
    Cairn client =
        jobs.start((steps, context) ->
            steps.parallel(
                "all",
                branches ->
                    branches
                        .add(
                            "impatient",
                            own -> {
                              Optional<String> answer =
                                  own.awaitSignal(
                                      "signal", "never", String.class, Duration.ofMillis(200));
                              jobs.notes.add("present " + answer.isPresent());
                            })
                        .add("patient", signal("in the end"))));
    long id = jobs.insert(client);
    clients.awaitJob(
        id,
        job -> {
          assertThat(jobs.notes).containsExactly("present false");
          assertThat(job.state()).isEqualTo(JobState.SCHEDULED);
        });

    client.signal("in the end", "all is well");

    clients.await(id, JobState.COMPLETED);
    assertThat(waits()).isZero();
  }

  /** As after a failover that has lost the last transactions: one of two waits is gone. */
  @Test
  void r36_aJobOfWhichOneWaitWasLostLooksAgain() throws Exception {
    var first = new AtomicBoolean(true);
    Cairn client =
        jobs.start((steps, context) -> {
          try {
            steps.parallel(
                "all", branches -> branches.add("a", signal("sa")).add("b", signal("sb")));
          } finally {
            if (first.compareAndSet(true, false)) {
              database.execute(
                  "DELETE FROM %s.cairn_wait WHERE signal = 'sa'".formatted(database.schema()));
            }
          }
        });
    long id = jobs.insert(client);

    clients.awaitJob(
        id,
        job -> {
          assertThat(job.attemptedBy()).hasSize(2);
          assertThat(job.state()).isEqualTo(JobState.SCHEDULED);
        });
    assertThat(waits()).isEqualTo(2);
  }
}
