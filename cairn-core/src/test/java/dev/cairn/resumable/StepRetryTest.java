package dev.cairn.resumable;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cairn.Cairn;
import dev.cairn.CairnException;
import dev.cairn.JobCancelException;
import dev.cairn.JobRow;
import dev.cairn.JobSnoozeException;
import dev.cairn.JobState;
import dev.cairn.ResumePolicy;
import dev.cairn.TestClients;
import dev.cairn.TestDatabase;
import dev.cairn.event.Event;
import dev.cairn.event.EventKind;
import dev.cairn.event.EventListener;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tries, times and rules for failures within one attempt (R21). */
class StepRetryTest {
  private static final Duration SHORT = Duration.ofMillis(1);

  @RegisterExtension static final TestDatabase database = new TestDatabase();
  @RegisterExtension final TestClients clients = new TestClients(database);

  private final ResumableJobs jobs = new ResumableJobs(database, clients);

  @Test
  void r21_aStepIsTriedAgainWithinTheAttempt() {
    var tries = new AtomicInteger();
    JobRow job =
        jobs.firstAttempt((steps, context) -> {
          String result =
              steps
                  .retrying(3, SHORT)
                  .step(
                      "call",
                      String.class,
                      () -> {
                        if (tries.incrementAndGet() < 3) {
                          throw new IOException("busy");
                        }
                        return "answer";
                      });
          jobs.notes.add(result);
        });

    assertThat(job.state()).isEqualTo(JobState.COMPLETED);
    assertThat(job.errors()).isEmpty();
    assertThat(jobs.notes).containsExactly("answer");
  }

  @Test
  void r21_theLastTryFailsTheAttemptAndNothingRunsAfterIt() {
    JobRow job =
        jobs.firstAttempt((steps, context) -> {
          try {
            steps.retrying(2, SHORT).step("call", jobs.failing("call"));
          } catch (IllegalStateException e) {
            steps.step("after", jobs.noting("after"));
          }
        });

    assertThat(jobs.notes).containsExactly("call", "call");
    assertThat(job.errors().getLast().error()).contains("'after'", "'call'");
  }

  @Test
  void r21_aRetriedStepGoesOnAtItsCursorAndSkipsWhatHasFinishedWithinIt() {
    var tries = new AtomicInteger();
    JobRow job =
        jobs.firstAttempt((steps, context) ->
            steps
                .retrying(2, SHORT)
                .cursor(
                    "load",
                    Long.class,
                    0L,
                    cursor -> {
                      jobs.notes.add("from " + cursor.get());
                      steps.step("inner", jobs.noting("inner"));
                      cursor.advance(5L);
                      if (tries.incrementAndGet() == 1) {
                        steps.step("fails", jobs.failing("fails"));
                      }
                    }));

    assertThat(job.state()).isEqualTo(JobState.COMPLETED);
    assertThat(jobs.notes).containsExactly("from 0", "inner", "fails", "from 5");
  }

  @Test
  void r21_aCursorWithinARetriedStepGoesOnWhereItFailed() {
    var tries = new AtomicInteger();
    JobRow job =
        jobs.firstAttempt((steps, context) ->
            steps
                .retrying(3, SHORT)
                .step(
                    "outer",
                    () ->
                        steps.cursor(
                            "inner",
                            Long.class,
                            0L,
                            cursor -> {
                              jobs.notes.add("from " + cursor.get());
                              cursor.advance(cursor.get() + 5);
                              if (tries.incrementAndGet() < 3) {
                                throw new IOException("busy");
                              }
                            })));

    assertThat(job.state()).isEqualTo(JobState.COMPLETED);
    assertThat(jobs.notes).containsExactly("from 0", "from 5", "from 10");
  }

  @Test
  void r21_aCancellationIsNotTriedAgain() {
    JobRow job =
        jobs.firstAttempt((steps, context) ->
            steps
                .retrying(5, SHORT)
                .step(
                    "call",
                    () -> {
                      jobs.notes.add("call");
                      throw new JobCancelException("not wanted");
                    }));

    assertThat(job.state()).isEqualTo(JobState.CANCELLED);
    assertThat(jobs.notes).containsExactly("call");
  }

  @Test
  void r21_aStepThatRunsTooLongIsInterruptedAndTriedAgain() {
    var tries = new AtomicInteger();
    // More tries than the hang needs: on a busy machine, others may take too long too.
    JobRow job =
        jobs.firstAttempt((steps, context) -> {
          steps
              .retrying(10, SHORT)
              .timeout(Duration.ofSeconds(1))
              .step(
                  "call",
                  () -> {
                    if (tries.incrementAndGet() == 1) {
                      new CountDownLatch(1).await();
                    }
                  });
          steps.step("after", () -> Thread.sleep(Duration.ofMillis(1)));
        });

    assertThat(job.state()).isEqualTo(JobState.COMPLETED);
    assertThat(tries).hasValueGreaterThanOrEqualTo(2);
  }

  @Test
  void r21_aStepThatLooksAtNoInterruptIsStoppedAtItsNextCheckpoint() {
    JobRow job =
        jobs.firstAttempt((steps, context) ->
            steps
                .timeout(Duration.ofMillis(500))
                .cursor(
                    "load",
                    Long.class,
                    0L,
                    cursor -> {
                      while (true) {
                        cursor.advance(cursor.get() + 1);
                      }
                    }));

    assertThat(job.state()).isEqualTo(JobState.RETRYABLE);
    assertThat(job.errors().getLast().error())
        .contains("ran longer than the 500 ms of its WorkContext.within");
    assertThat(jobs.savedValue(job.id(), "load")).isNotNull();
  }

  @Test
  void r21_aFailureOfTheGivenTypeStartsTheJobFromZero() {
    JobRow job =
        jobs.firstAttempt((steps, context) -> {
          steps.restartOn(FileNotFoundException.class);
          steps.step("one", jobs.noting("one"));
          steps.cursor(
              "two",
              Long.class,
              0L,
              cursor -> {
                cursor.advance(3L);
                throw new IllegalStateException(new FileNotFoundException("the snapshot is gone"));
              });
        });

    assertThat(job.state()).isEqualTo(JobState.RETRYABLE);
    assertThat(job.metadata()).doesNotContain("river:resumable");
    assertThat(jobs.checkpoints(job.id())).isEmpty();
    jobs.nextAttempt(job.id(), (steps, context) -> steps.step("one", jobs.noting("one from zero")));
    assertThat(jobs.notes).containsExactly("one", "one from zero");
  }

  /** Also if the step that fails was the first one: it has begun, and nothing else is known. */
  @Test
  void r21_aJobThatStartsFromZeroIsNewToItsPlan() {
    var plan =
        StepPlan.of("one")
            .version(
                2,
                progress -> {
                  throw new AssertionError("asked about version " + progress.version());
                });
    JobRow job =
        jobs.firstAttempt((steps, context) -> {
          steps.restartOn(FileNotFoundException.class);
          steps.plan(plan);
          steps.step(
              "one",
              () -> {
                throw new FileNotFoundException("the snapshot is gone");
              });
        });

    assertThat(job.state()).isEqualTo(JobState.RETRYABLE);
    assertThat(jobs.checkpoints(job.id())).isEmpty();
    jobs.nextAttempt(
        job.id(),
        (steps, context) -> {
          steps.plan(plan);
          steps.step("one", jobs.noting("one"));
        });
    assertThat(jobs.notes).containsExactly("one");
  }

  @Test
  void r21_aFailureOfTheGivenTypeDiscardsTheJob() {
    JobRow job =
        jobs.firstAttempt((steps, context) -> {
          steps.giveUpOn(FileNotFoundException.class);
          steps.step(
              "one",
              () -> {
                throw new FileNotFoundException("no such order");
              });
        });

    assertThat(job.state()).isEqualTo(JobState.DISCARDED);
    assertThat(job.attempt()).isEqualTo(1);
    assertThat(job.errors().getLast().error()).contains("discarded by giveUpOn", "no such order");
  }

  @Test
  void r21_aPauseMayBeLongerThanTheProgressDeadline() {
    var tries = new AtomicInteger();
    Cairn client =
        jobs.start(
            (steps, context) ->
                steps
                    .retrying(2, Duration.ofMillis(2_500))
                    .step(
                        "call",
                        () -> {
                          if (tries.incrementAndGet() == 1) {
                            throw new IllegalStateException("not yet");
                          }
                        }),
            builder ->
                builder.resumePolicy(
                    ResumePolicy.defaults().withProgressDeadline(Duration.ofMillis(1_500))));

    JobRow job = clients.await(jobs.insert(client), JobState.COMPLETED);

    assertThat(job.errors()).isEmpty();
    assertThat(tries).hasValue(2);
  }

  @Test
  void r21_thePausesBetweenTriesAreDoubledUpToAMinute() {
    StepOptions options = StepOptions.DEFAULT.withTries(9, Duration.ofSeconds(10));

    assertThat(IntStream.rangeClosed(1, 5).mapToObj(options::pauseAfter).map(Duration::toSeconds))
        .containsExactly(10L, 20L, 40L, 60L, 60L);
  }

  @Test
  void r40_anErrorOfTheGivenTypeStartsTheJobFromZero() {
    JobRow job =
        jobs.firstAttempt((steps, context) -> {
          steps.restartOn(AssertionError.class);
          steps.step("one", jobs.noting("one"));
          throw new AssertionError("the totals differ");
        });

    assertThat(job.state()).isEqualTo(JobState.RETRYABLE);
    assertThat(job.errors().getLast().error()).isEqualTo("the totals differ");
    assertThat(jobs.checkpoints(job.id())).isEmpty();
  }

  /** It is completed all the same, with all that it has recorded. */
  @Test
  void r40_aJobThatHasCompletedItselfDoesNotStartFromZero() {
    var events = new CopyOnWriteArrayList<EventKind>();
    var listener =
        new EventListener() {
          @Override
          public Set<EventKind> kinds() {
            return Set.of(EventKind.JOB_COMPLETED);
          }

          @Override
          public void on(Event event) {
            events.add(event.kind());
          }
        };
    Cairn client =
        jobs.start(
            (steps, context) -> {
              steps.restartOn(IllegalStateException.class);
              context.setMetadata("mark", "seen");
              context.inTransaction(connection -> {
                context.completeTx(connection);
                return true;
              });
              throw new IllegalStateException("behind its completion");
            },
            builder -> builder.listener(listener));
    long id = jobs.insert(client);

    await().untilAsserted(() -> assertThat(events).containsExactly(EventKind.JOB_COMPLETED));

    JobRow job = client.jobs().find(id).orElseThrow();
    assertThat(job.state()).isEqualTo(JobState.COMPLETED);
    assertThat(job.errors()).isEmpty();
    assertThat(job.metadata()).contains("seen");
  }

  /** The message of the mismatch says that the state is kept. */
  @ParameterizedTest
  @ValueSource(classes = {RuntimeException.class, Throwable.class, CairnException.class})
  void r40_aGeneralTypeDoesNotIncludeStepsThatDoNotMatch(Class<? extends Throwable> rule) {
    JobRow job =
        jobs.firstAttempt((steps, context) ->
            steps.cursor(
                "old",
                Long.class,
                0L,
                cursor -> {
                  cursor.advance(3L);
                  throw new IllegalStateException("first");
                }));

    JobRow next =
        jobs.nextAttempt(
            job.id(),
            (steps, context) -> {
              steps.restartOn(rule);
              steps.giveUpOn(rule);
              steps.cursor("new", Long.class, 0L, cursor -> jobs.notes.add("new"));
            });

    assertThat(next.state()).isEqualTo(JobState.RETRYABLE);
    assertThat(next.errors().getLast().error()).contains("[CAIRN-301]");
    assertThat(jobs.savedValue(job.id(), "old")).isEqualTo("3");
    jobs.nextAttempt(
        job.id(),
        (steps, context) -> {
          steps.restartOn(CheckpointMismatchException.class);
          steps.cursor("new", Long.class, 0L, cursor -> jobs.notes.add("new"));
        });
    assertThat(jobs.checkpoints(job.id())).as("it is named").isEmpty();
  }

  @Test
  void r40_anErrorOfTheGivenTypeDiscardsTheJob() {
    JobRow job =
        jobs.firstAttempt((steps, context) -> {
          steps.giveUpOn(NoClassDefFoundError.class);
          steps.step(
              "one",
              () -> {
                throw new NoClassDefFoundError("old/Driver");
              });
        });

    assertThat(job.state()).isEqualTo(JobState.DISCARDED);
    assertThat(job.errors().getLast().error()).contains("discarded by giveUpOn", "old/Driver");
  }

  @Test
  void r40_aSnoozeACancellationAndAWaitAreNoFailuresHoweverWideARuleIs() {
    JobRow snoozed =
        jobs.firstAttempt((steps, context) -> {
          steps.giveUpOn(Throwable.class);
          throw new JobSnoozeException(Duration.ofHours(1));
        });
    assertThat(snoozed.state()).isEqualTo(JobState.SCHEDULED);
    JobRow cancelled =
        jobs.firstAttempt((steps, context) -> {
          steps.giveUpOn(Throwable.class);
          throw new JobCancelException("not wanted");
        });
    assertThat(cancelled.state()).isEqualTo(JobState.CANCELLED);
    JobRow waiting =
        jobs.firstAttempt((steps, context) -> {
          steps.restartOn(Throwable.class);
          steps.step("one", jobs.noting("one"));
          steps.sleep("nap", Duration.ofHours(1));
        });
    assertThat(waiting.state()).isEqualTo(JobState.SCHEDULED);
    assertThat(jobs.checkpoints(waiting.id())).hasSize(2);
  }

  /** It uses up an attempt as any failure, so it has to do what the rule says. */
  @Test
  void r40_aFailureStartsAJobFromZeroThatWasAskedToStopAndDidNotNotice() {
    JobRow job =
        jobs.firstAttempt((steps, context) -> {
          steps.restartOn(FileNotFoundException.class);
          steps.step("one", jobs.noting("one"));
          steps.step(
              "two",
              () -> {
                context.client().jobs().operator("a test").interrupt(context.job().id());
                await().until(() -> context.interruption().isPresent());
                throw new FileNotFoundException("the snapshot is gone");
              });
        });

    assertThat(job.state()).isEqualTo(JobState.RETRYABLE);
    assertThat(job.errors()).hasSize(1);
    assertThat(jobs.checkpoints(job.id())).isEmpty();
  }

  @Test
  void r40_whatAShutdownMakesTheCodeThrowStartsNothingFromZero() {
    var running = new CountDownLatch(1);
    Cairn client =
        jobs.start((steps, context) -> {
          steps.restartOn(InterruptedException.class);
          steps.step("one", jobs.noting("one"));
          steps.step(
              "two",
              () -> {
                running.countDown();
                new CountDownLatch(1).await();
              });
        });
    long id = jobs.insert(client);
    await().until(() -> running.getCount() == 0);

    client.stopNow();

    JobRow job = client.jobs().find(id).orElseThrow();
    assertThat(job.state()).isEqualTo(JobState.AVAILABLE);
    assertThat(jobs.checkpoints(id)).extracting(row -> row.get("name")).contains("one");
  }

  @Test
  void r21_aBranchThatWasStoppedGoesOnWhereItWasWhenItsStepIsTriedAgain() {
    var tries = new AtomicInteger();
    var reached = new AtomicLong();
    var moves = new CountDownLatch(1);
    JobRow job =
        jobs.firstAttempt((steps, context) ->
            steps
                .retrying(2, SHORT)
                .parallel(
                    "both",
                    branches -> {
                      boolean isFirst = tries.incrementAndGet() == 1;
                      branches.add(
                          "moves",
                          own ->
                              own.cursor(
                                  "rows",
                                  Long.class,
                                  0L,
                                  cursor -> {
                                    jobs.notes.add(cursor.get() - reached.get() + " behind");
                                    while (isFirst) {
                                      cursor.advance(reached.incrementAndGet());
                                      moves.countDown();
                                    }
                                  }));
                      branches.add(
                          "fails",
                          own -> {
                            moves.await();
                            if (isFirst) {
                              throw new IllegalStateException("once");
                            }
                          });
                    }));

    assertThat(job.state()).isEqualTo(JobState.COMPLETED);
    assertThat(jobs.notes).containsExactly("0 behind", "0 behind");
  }

  @Test
  void r10_aStepWhoseCursorNeverMovedMayBeLeftOutInTheNextTry() {
    JobRow job =
        jobs.firstAttempt((steps, context) -> {
          var tries = new AtomicInteger();
          steps
              .retrying(3, SHORT)
              .step(
                  "sync",
                  () -> {
                    if (tries.incrementAndGet() == 1) {
                      steps.cursor(
                          "first service",
                          Long.class,
                          0L,
                          cursor -> {
                            throw new IOException("is down");
                          });
                    } else {
                      steps.step("second service", jobs.noting("second"));
                    }
                  });
        });

    assertThat(job.errors()).isEmpty();
    assertThat(job.state()).isEqualTo(JobState.COMPLETED);
    assertThat(jobs.notes).containsExactly("second");
  }
}
