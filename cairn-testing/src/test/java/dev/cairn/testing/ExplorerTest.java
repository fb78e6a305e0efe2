package dev.cairn.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.Job;
import dev.cairn.JobCancelException;
import dev.cairn.JobKind;
import dev.cairn.JobSnoozeException;
import dev.cairn.WorkContext;
import dev.cairn.Worker;
import dev.cairn.resumable.Steps;
import dev.cairn.source.Sources;
import dev.cairn.spi.MiddlewareContext;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The explorer finds planted bugs, and nothing in the right version of each (R30). */
class ExplorerTest {
  @JobKind("explored")
  record Explored(int rows) {}

  /** A row whose key is shared with another one. */
  private record Row(int key, String name) {}

  private static final List<Row> TIED =
      List.of(new Row(1, "a"), new Row(2, "b"), new Row(2, "c"), new Row(3, "d"));

  /** What the workers do: outside of any database, so at least once. */
  private final List<String> log = Collections.synchronizedList(new ArrayList<>());

  private Explorer<Explored> explorer(Worker<Explored> worker) {
    return Explorer.of(worker)
        .args(new Explored(4))
        .before(log::clear)
        .effect(() -> List.copyOf(log));
  }

  private void right(Job<Explored> job, WorkContext context) throws Exception {
    Steps steps = Steps.of(context);
    steps.step("begin", () -> log.add("begin"));
    rows(job, steps);
    steps.step("end", () -> log.add("end"));
  }

  private void rows(Job<Explored> job, Steps steps) throws Exception {
    steps.cursor(
        "rows",
        Integer.class,
        0,
        cursor -> {
          for (int row = cursor.get() + 1; row <= job.args().rows(); row++) {
            log.add("row " + row);
            cursor.advance(row);
          }
        });
  }

  @Test
  void r30_nothingIsFoundInARightWorker() throws Exception {
    Exploration exploration = explorer(this::right).allowingRepeats().killEverywhere();

    assertThat(exploration.boundaries()).isGreaterThan(10);
    assertThat(exploration.schedules()).isGreaterThan(exploration.boundaries() + 200);
  }

  @Test
  void r30_theEffectOfASetIsExactlyThatOfTheUndisturbedRun() throws Exception {
    Explorer<Explored> explorer =
        explorer(this::right).effect(() -> new TreeSet<>(log)).pairs(1_000).seed(7);

    assertThat(explorer.killEverywhere().seed()).isEqualTo(7);
  }

  @Test
  void r30_repeatedWorkIsSaidWhereItIsNotAllowed() {
    assertFinds(
        this::right,
        "run 1 killed after step 'begin' had finished, and what was not durable was lost",
        "too much [begin]",
        "say allowingRepeats()");
  }

  @Test
  void r30_findsACursorThatIsMovedBeforeTheWork() {
    assertFindsEvenWithRepeats(
        (job, context) ->
            Steps.of(context)
                .cursor(
                    "rows",
                    Integer.class,
                    0,
                    cursor -> {
                      for (int row = cursor.get() + 1; row <= job.args().rows(); row++) {
                        cursor.advance(row);
                        log.add("row " + row);
                      }
                    }),
        "killed after step 'rows' had moved its cursor to 1, just after that had become durable",
        "missing [row 1]",
        "the cursor is moved before the work is done");
  }

  @Test
  void r30_findsACursorThatIsReadInclusively() {
    Worker<Explored> inclusive =
        (job, context) ->
            Steps.of(context)
                .cursor(
                    "rows",
                    Integer.class,
                    1,
                    cursor -> {
                      for (int row = cursor.get(); row <= job.args().rows(); row++) {
                        log.add("row " + row);
                        cursor.checkpoint(row);
                      }
                    });

    assertFinds(inclusive, "too much [row 1]", "");
    assertThatThrownBy(() -> explorer(inclusive).replay("2:kept"))
        .hasMessageContaining("the position is read inclusively (>= where > is meant)");
  }

  @Test
  void r30_findsEffectsOutsideOfSteps() {
    assertFinds(
        (job, context) -> {
          log.add("outside");
          Steps steps = Steps.of(context);
          steps.step("one", () -> {});
          steps.step("two", () -> {});
        },
        "too much [outside]",
        "");
    assertThatThrownBy(() ->
            explorer(
                    (job, context) -> {
                      log.add("outside");
                      Steps.of(context).step("one", () -> {});
                    })
                .replay("2:kept"))
        .hasMessageContaining("the effect lies outside of steps");
  }

  @Test
  void r30_findsAKeyThatIsNotUnique() {
    assertFindsEvenWithRepeats(
        (job, context) ->
            Steps.of(context)
                .cursor(
                    "rows",
                    Integer.class,
                    0,
                    cursor -> {
                      int after = cursor.get();
                      for (Row row : TIED.stream().filter(it -> it.key() > after).toList()) {
                        log.add(row.name());
                        cursor.advance(row.key());
                      }
                    }),
        "missing [c]",
        "the position is not unique");
  }

  @Test
  void r30_findsStateInMemoryThatIsTakenForDone() {
    var counter = new AtomicInteger();
    Explorer<Explored> explorer =
        Explorer.of(
                (Worker<Explored>)
                    (job, context) -> {
                      List<String> kept = new ArrayList<>();
                      Steps steps = Steps.of(context);
                      steps.step("load", () -> kept.add("row"));
                      steps.step("store", () -> log.addAll(kept));
                    })
            .args(new Explored(1))
            .before(() -> {
              log.clear();
              counter.incrementAndGet();
            })
            .effect(() -> List.copyOf(log))
            .allowingRepeats();

    assertThatThrownBy(explorer::killEverywhere).hasMessageContaining("missing [row]");
    assertThat(counter).hasPositiveValue();
  }

  @Test
  void r30_findsAStepWhoseNameIsRandom() {
    var random = new Random(1);
    assertFindsEvenWithRepeats(
        (job, context) ->
            Steps.of(context)
                .cursor(
                    "rows " + random.nextInt(),
                    Integer.class,
                    0,
                    cursor -> {
                      for (int row = cursor.get() + 1; row <= job.args().rows(); row++) {
                        log.add("row " + row);
                        cursor.advance(row);
                      }
                    }),
        "the job ended its attempt as Failed",
        "a name must not depend on a random value");
  }

  @Test
  void r30_findsCodeThatSwallowsWhatHasToEndIt() {
    assertFindsEvenWithRepeats(
        (job, context) ->
            Steps.of(context)
                .cursor(
                    "rows",
                    Integer.class,
                    0,
                    cursor -> {
                      for (int row = cursor.get() + 1; row <= job.args().rows(); row++) {
                        try {
                          log.add("row " + row);
                          cursor.advance(row);
                        } catch (Throwable e) {
                          log.add("failed");
                        }
                      }
                    }),
        "went on to use checkpoints after it was killed",
        "catch (Throwable)");
  }

  @Test
  void r30_aScheduleIsReplayedAlone() throws Exception {
    Explorer<Explored> explorer = explorer(this::right);

    explorer.replay("4:kept,1:kept");
    assertThatThrownBy(() -> explorer.replay("2:lost")).hasMessageContaining("replay(\"2:lost\")");
    assertThatThrownBy(() -> explorer.replay("often")).hasMessageContaining("3:lost,1:kept");
    assertThatThrownBy(() -> explorer.allowingRepeats(-1)).hasMessageContaining("mostPerKill");
  }

  @Test
  void r30_jobsThatSleepAndRunInParallelAreExplored() throws Exception {
    Exploration exploration =
        explorer(
                (job, context) -> {
                  Steps steps = Steps.of(context);
                  steps.step("before", () -> log.add("before"));
                  steps.sleep("nap", Duration.ofHours(1));
                  steps.isolated().step("after", () -> log.add("after"));
                })
            .effect(() -> new TreeSet<>(log))
            .killEverywhere();

    assertThat(exploration.boundaries()).isPositive();
  }

  /** Seen before: branches that heard of a kill were taken for code that had swallowed it. */
  @Test
  void h7_rightBranchesAreNotAccused() throws Exception {
    for (int most : List.of(1, 4)) {
      Exploration exploration =
          explorer((job, context) -> branches(job, context, most))
              .effect(() -> new TreeSet<>(log))
              .pairs(100)
              .killEverywhere();

      assertThat(exploration.boundaries()).isGreaterThan(20);
    }
  }

  private void branches(Job<Explored> job, WorkContext context, int most) throws Exception {
    Steps steps = Steps.of(context);
    steps.parallel(
        "all",
        branches -> {
          branches.atMost(most);
          for (String name : List.of("a", "b", "c")) {
            branches.add(
                name,
                branch -> {
                  branch.step("begin", () -> log.add("begin " + name));
                  branch.cursor(
                      "rows",
                      Integer.class,
                      0,
                      cursor -> {
                        for (int row = cursor.get() + 1; row <= job.args().rows(); row++) {
                          log.add(name + " row " + row);
                          cursor.advance(row);
                        }
                      });
                });
          }
          branches.add(
              "d",
              branch ->
                  branch.parallel(
                      "inner",
                      inner -> {
                        inner.add("x", it -> it.step("x", () -> log.add("x")));
                        inner.add("y", it -> it.step("y", () -> log.add("y")));
                      }));
        });
    steps.step("end", () -> log.add("end"));
  }

  @Test
  void h7_rightPartsAreNotAccused() throws Exception {
    Exploration exploration =
        explorer(
                (job, context) -> {
                  Steps steps = Steps.of(context);
                  steps.forEachInParts(
                      "rows", Sources.range(0, 9), 3, row -> log.add("row " + row));
                  steps.step("end", () -> log.add("end"));
                })
            .effect(() -> new TreeSet<>(log))
            .pairs(100)
            .killEverywhere();

    assertThat(exploration.boundaries()).isGreaterThan(20);
  }

  @Test
  void h7_whatIsSavedInAFinallyBlockIsNoGoingOn() throws Exception {
    explorer((job, context) ->
            Steps.of(context)
                .cursor(
                    "rows",
                    Integer.class,
                    0,
                    cursor -> {
                      int row = cursor.get();
                      try {
                        while (row < job.args().rows()) {
                          log.add("row " + (row + 1));
                          row++;
                          if (row % 2 == 0) {
                            cursor.advance(row);
                          }
                        }
                      } finally {
                        cursor.checkpoint(row);
                      }
                    }))
        .allowingRepeats()
        .killEverywhere();
  }

  @Test
  void h7_aBranchThatSwallowsItsEndIsFound() {
    assertFindsEvenWithRepeats(
        (job, context) ->
            Steps.of(context)
                .parallel(
                    "all",
                    branches ->
                        branches.add(
                            "a",
                            branch -> {
                              try {
                                branch.step("one", () -> log.add("one"));
                              } catch (Throwable e) {
                                log.add("failed");
                              }
                            })),
        "went on to use checkpoints after it was killed");
  }

  /** Seen before: with the list itself as the effect, each run was compared with itself. */
  @Test
  void e2_aCollectionThatIsFilledFurtherIsCopied() {
    assertMessage(
        () -> explorer(this::right).effect(() -> log).killEverywhere(), "too much [begin]");
  }

  @Test
  void e2_aJobHasTheSameIdempotencyKeysInEveryRun() throws Exception {
    explorer(
            (job, context) -> {
              Steps steps = Steps.of(context);
              steps.step("mail", () -> log.add(steps.idempotencyKey("mail") + steps.uuid("mail")));
            })
        .effect(() -> new TreeSet<>(log))
        .killEverywhere();
  }

  @Test
  void e2_jobsThatSnoozeAndFailAndAreTriedAgainAreExplored() throws Exception {
    var answers = new AtomicInteger();
    Exploration exploration =
        explorer(
                (job, context) -> {
                  Steps steps = Steps.of(context);
                  steps.step("begin", () -> log.add("begin"));
                  if (steps
                      .now("first")
                      .plus(Duration.ofMinutes(30))
                      .isAfter(((MiddlewareContext) context).waits().now())) {
                    throw new JobSnoozeException(Duration.ofHours(1));
                  }
                  rows(job, steps);
                  if (answers.incrementAndGet() == 1) {
                    throw new IllegalStateException("no answer yet");
                  }
                  steps.step("end", () -> log.add("end"));
                })
            .before(() -> {
              log.clear();
              answers.set(0);
            })
            .effect(() -> new TreeSet<>(log))
            .killEverywhere();

    assertThat(exploration.boundaries()).isPositive();
  }

  @Tag("thorough")
  @Test
  void h17_aRightJobMaySleepAndSnoozeOften() throws Exception {
    for (int times : List.of(25, 40)) {
      explorer(
              (job, context) -> {
                Steps steps = Steps.of(context);
                for (int night = 1; night <= times; night++) {
                  steps.sleep(Steps.name("night", night), Duration.ofHours(8));
                }
                steps.step("end", () -> log.add("end"));
              })
          .effect(() -> new TreeSet<>(log))
          .pairs(5)
          .killEverywhere();
      explorer(
              (job, context) -> {
                if (!job.metadata().contains("\"snoozes\":" + times)) {
                  throw new JobSnoozeException(Duration.ofMinutes(1));
                }
                Steps.of(context).step("end", () -> log.add("end"));
              })
          .effect(() -> new TreeSet<>(log))
          .killEverywhere();
    }
  }

  @Test
  void h17_aJobThatDoesNotEndIsNamed() {
    assertThatThrownBy(() ->
            explorer(
                    (job, context) -> {
                      throw new JobSnoozeException(Duration.ofMinutes(1));
                    })
                .killEverywhere())
        .hasMessageContainingAll(
            "the undisturbed run does not complete: the job has not ended in 10000 runs",
            "it snoozes, waits or stops again in each run");
    assertThatThrownBy(() ->
            explorer((job, context) ->
                    log.add(Steps.of(context).awaitSignal("wait", "paid", String.class)))
                .killEverywhere())
        .hasMessageContainingAll(
            "the job stands still: 25 runs in a row have changed nothing of it",
            "for a signal that the test does not give");
    assertFindsEvenWithRepeats(
        (job, context) -> {
          var asked = new ArrayList<String>();
          Steps steps = Steps.of(context);
          steps.step("ask", () -> asked.add("asked"));
          if (asked.isEmpty()) {
            throw new JobSnoozeException(Duration.ofMinutes(1));
          }
          steps.step("end", () -> log.add("end"));
        },
        "the job has not ended in 27 runs",
        "it snoozes, waits or stops again in each run");
  }

  @Test
  void e2_aJobThatIsCancelledIsToBeCancelledInEveryRun() throws Exception {
    explorer(
            (job, context) -> {
              Steps.of(context).step("look", () -> log.add("looked"));
              throw new JobCancelException("not wanted");
            })
        .effect(() -> new TreeSet<>(log))
        .killEverywhere();

    assertFindsEvenWithRepeats(
        (job, context) -> {
          var seen = new ArrayList<String>();
          log.add("looked");
          Steps.of(context).step("look", () -> seen.add("not wanted"));
          if (!seen.isEmpty()) {
            throw new JobCancelException("not wanted");
          }
        },
        "the job ended as COMPLETED, and undisturbed as CANCELLED",
        "decide it in a step");
  }

  @Test
  void r30_anInvariantOfTheUsersTakesThePlaceOfTheComparison() throws Exception {
    explorer(this::right)
        .invariant(effect -> assertThat(effect.toString()).contains("row 4", "end"))
        .killEverywhere();

    assertThatThrownBy(() ->
            explorer(this::right)
                .invariant(effect -> assertThat((List<?>) effect).hasSize(6))
                .killEverywhere())
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("What was done:  run 1 killed");
  }

  @Test
  void r30_whatIsMissingOrBrokenFromTheBeginningIsSaid() {
    assertThatThrownBy(() -> Explorer.of(this::right).killEverywhere())
        .hasMessageContaining("needs args(...) and effect(...)");
    assertThatThrownBy(() ->
            explorer(
                    (job, context) -> {
                      throw new IllegalStateException("broken anyway");
                    })
                .killEverywhere())
        .hasMessageContaining("the undisturbed run does not complete");
  }

  private void assertFinds(Worker<Explored> worker, String... words) {
    assertMessage(() -> explorer(worker).killEverywhere(), words);
  }

  private void assertFindsEvenWithRepeats(Worker<Explored> worker, String... words) {
    assertMessage(() -> explorer(worker).allowingRepeats().killEverywhere(), words);
  }

  private static void assertMessage(ThrowingCallable exploring, String... words) {
    assertThatThrownBy(exploring)
        .isInstanceOf(AssertionError.class)
        .hasMessageContainingAll(words)
        .hasMessageContaining("replay(\"")
        .hasMessageContaining("seed 20261124");
  }
}
