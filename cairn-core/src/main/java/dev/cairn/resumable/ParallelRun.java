package dev.cairn.resumable;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/*
 * A branch that waits ends, and its thread with it, while the others continue: it may wait for one
 * of them, or its place may be needed by a branch that has not begun. When all branches have ended,
 * the first of these that is true decides:
 *
 * failed    the step fails with that failure: an error, a snooze, a cancellation, an interruption
 * stopped   the failure of an enclosing branch is passed on
 * waiting   the step waits, as its branches do. Within a branch, only that branch ends to wait
 * finished  all branches have finished: the step has finished
 */

/** Runs the branches of one parallel step and waits for all of them (R12, R36). */
final class ParallelRun {
  /** How often a branch that waits for its place checks the others. */
  private static final int LOOK_MILLIS = 100;

  private final StepRunner runner;
  private final StepScope around;
  private final StepEntry entry;
  private final Branches branches;
  private final BranchGroup group;
  private final Semaphore places;

  /** The branches that have neither finished nor begun to wait. */
  private final Set<String> open = ConcurrentHashMap.newKeySet();

  /**
   * @param around the place of the parallel step
   */
  ParallelRun(StepRunner runner, StepScope around, StepEntry entry, Branches branches) {
    this.runner = runner;
    this.around = around;
    this.entry = entry;
    this.branches = branches;
    this.group = around.newGroup();
    this.places = new Semaphore(Math.clamp(branches.bodies().size(), 1, branches.most()));
  }

  void run() throws Exception {
    open.addAll(branches.bodies().keySet());
    var threads = new LinkedHashMap<String, Thread>();
    boolean started = false;
    try {
      for (Map.Entry<String, BranchBody> branch : branches.bodies().entrySet()) {
        awaitPlace(threads);
        if (group.failure() != null) {
          break;
        }
        around.yieldIfInterrupted();
        threads.put(
            branch.getKey(),
            runner.context().fork(() -> runBranch(branch.getKey(), branch.getValue())));
      }
      started = true;
    } finally {
      if (!started) {
        group.stop();
      }
      await(threads.values());
    }
    throwFailure();
    BranchGroup.Wait wait = group.waiting();
    if (open.isEmpty() && wait == null) {
      return;
    }
    around.yieldIfInterrupted();
    // If a thread ends before it reaches the branch, the branch must not count as finished.
    if (!open.isEmpty() || wait == null) {
      throw didNotRun(open);
    }
    throw around.suspend(wait);
  }

  private IllegalStateException didNotRun(Set<String> lost) {
    return new IllegalStateException(
        "the branches %s of step '%s' did not run [CAIRN-310]".formatted(lost, entry.path()));
  }

  /** A thread that ended before it reached its branch keeps its place for ever. */
  private void awaitPlace(Map<String, Thread> threads) throws InterruptedException {
    while (!places.tryAcquire(LOOK_MILLIS, TimeUnit.MILLISECONDS)) {
      around.yieldIfInterrupted();
      Set<String> lost = new TreeSet<>();
      threads.forEach((branch, thread) -> {
        // A thread reports the end of its branch before it ends itself.
        if (!thread.isAlive() && open.contains(branch)) {
          lost.add(branch);
        }
      });
      if (!lost.isEmpty() && group.failure() == null) {
        throw didNotRun(lost);
      }
    }
  }

  private void runBranch(String name, BranchBody body) {
    StepScope scope = null;
    try {
      scope = new StepScope(around, entry, group, name);
      runner.transactions().enter(scope);
      scope.yieldIfInterrupted();
      var steps = new Steps(runner, scope, StepOptions.DEFAULT);
      steps.step(name, () -> body.run(steps));
      open.remove(name);
    } catch (Throwable e) {
      if (scope != null && scope.isWait(e)) {
        open.remove(name);
      } else {
        group.fail(e);
      }
    } finally {
      runner.transactions().leave();
      places.release();
    }
  }

  /** There is no time limit, because nothing of the job may run after its worker has returned. */
  private void await(Collection<Thread> threads) throws InterruptedException {
    InterruptedException interrupt = null;
    for (Thread thread : threads) {
      while (thread.isAlive()) {
        try {
          thread.join();
        } catch (InterruptedException e) {
          interrupt = e;
          group.stop();
        }
      }
    }
    if (interrupt != null) {
      throw interrupt;
    }
  }

  private void throwFailure() throws Exception {
    Throwable failure = group.failure();
    switch (failure) {
      case null -> {}
      case Exception e -> throw e;
      case Error e -> throw e;
      case Throwable e -> throw new IllegalStateException(e);
    }
  }
}
