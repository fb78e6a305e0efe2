package dev.cairn.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.JobKind;
import dev.cairn.Worker;
import dev.cairn.resumable.Cursor;
import dev.cairn.resumable.Steps;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

/** The explorer names the cause of a mistake also in workers whose branches run at once (R30). */
class ExplorerBranchesTest {
  private static final int ROWS = 3;
  private static final long WORK_NANOS = 2_000_000;

  @JobKind("explored_branches")
  record Explored(int nothing) {}

  /** What the workers do: outside of any database, so at least once. */
  private final List<String> log = Collections.synchronizedList(new ArrayList<>());

  private Explorer<Explored> explorer(Worker<Explored> worker) {
    return with(Explorer.of(worker));
  }

  private Explorer<Explored> with(Explorer<Explored> explorer) {
    return explorer
        .args(new Explored(1))
        .before(log::clear)
        .effect(() -> log.stream().sorted().toList());
  }

  private void rows(String name, Steps steps) throws Exception {
    steps.cursor(
        "rows",
        Integer.class,
        0,
        cursor -> {
          for (int row = cursor.get() + 1; row <= ROWS; row++) {
            log.add(name + " row " + row);
            cursor.advance(row);
          }
        });
  }

  @Test
  void findsAnEffectOutsideOfStepsBesideBranches() {
    assertThatThrownBy(() ->
            explorer(
                    (job, context) -> {
                      Steps steps = Steps.of(context);
                      steps.parallel(
                          "all",
                          branches -> {
                            branches.add("a", branch -> branch.step("quiet", () -> {}));
                            branches.add("b", branch -> branch.step("quiet", () -> {}));
                          });
                      log.add("outside");
                    })
                .killEverywhere())
        .hasMessageContaining("the effect lies outside of steps");
  }

  @Test
  void findsACursorAheadOfItsWorkInABranch() {
    assertThatThrownBy(() ->
            explorer((job, context) ->
                    Steps.of(context)
                        .parallel(
                            "all",
                            branches -> {
                              branches.add("right", branch -> rows("right", branch));
                              branches.add("ahead", this::ahead);
                            }))
                .allowingRepeats()
                .killEverywhere())
        .hasMessageContaining("the cursor is moved before the work is done: move it after the work")
        .hasMessageNotContaining("or it is not unique");
  }

  private void ahead(Steps steps) throws Exception {
    steps.cursor(
        "rows",
        Integer.class,
        0,
        cursor -> {
          for (int row = cursor.get() + 1; row <= ROWS; row++) {
            cursor.advance(row);
            log.add("row " + row);
          }
        });
  }

  @Test
  void findsStateInAFieldThoughAnEffectBeforeItIsRepeated() {
    assertThatThrownBy(() ->
            with(Explorer.of(() -> withField(new HashSet<>()))).allowingRepeats().killEverywhere())
        .hasMessageContaining("state is kept in a field of the worker");
  }

  private Worker<Explored> withField(Set<String> field) {
    return (job, context) ->
        Steps.of(context)
            .parallel(
                "all",
                branches -> {
                  branches.add("right", branch -> rows("right", branch));
                  branches.add(
                      "field",
                      branch ->
                          branch.step(
                              "around",
                              () -> {
                                log.add("repeated");
                                branch.step("keep", () -> field.add("kept"));
                                branch.step("use", () -> log.addAll(field));
                              }));
                });
  }

  @Test
  void findsWorkOfABranchThatNobodyWaitsFor() {
    assertThatThrownBy(() ->
            explorer((job, context) ->
                    Steps.of(context)
                        .parallel(
                            "all",
                            branches -> {
                              branches.add("right", branch -> rows("right", branch));
                              branches.add("hasty", this::handOn);
                            }))
                .allowingRepeats()
                .killEverywhere())
        .hasMessageContaining("work is handed to another thread that nobody waits for");
  }

  /** Each thread works when the cursor has moved past its row; the loop waits in the end. */
  private void handOn(Steps steps) throws Exception {
    var threads = new ArrayList<Thread>();
    steps.cursor(
        "rows",
        Integer.class,
        0,
        cursor -> {
          for (int row = cursor.get() + 1; row <= ROWS; row++) {
            threads.add(handOn(cursor, row));
          }
          for (Thread thread : threads) {
            thread.join();
          }
        });
  }

  private Thread handOn(Cursor<Integer> cursor, int row) throws InterruptedException {
    var begun = new CountDownLatch(1);
    var moved = new CountDownLatch(1);
    Thread thread =
        Thread.startVirtualThread(() -> {
          begun.countDown();
          try {
            moved.await();
            log.add("handed on " + row);
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
    begun.await();
    try {
      cursor.advance(row);
    } finally {
      moved.countDown();
    }
    return thread;
  }

  @Test
  void branchesThatWaitForThreadsOfTheirOwnAreNotAccused() throws Exception {
    try (var pool = Executors.newCachedThreadPool()) {
      Exploration exploration =
          explorer((job, context) ->
                  Steps.of(context)
                      .parallel(
                          "all",
                          branches -> {
                            for (String name : List.of("a", "b", "c")) {
                              branches.add(
                                  name,
                                  branch -> {
                                    rows(name, branch);
                                    branch.step(
                                        "pool",
                                        () ->
                                            pool.submit(
                                                    () -> {
                                                      LockSupport.parkNanos(WORK_NANOS);
                                                      log.add("pool " + name);
                                                    })
                                                .get());
                                  });
                            }
                          }))
              .effect(() -> new TreeSet<>(log))
              .killEverywhere();

      assertThat(exploration.boundaries()).isGreaterThan(ROWS);
    }
  }
}
