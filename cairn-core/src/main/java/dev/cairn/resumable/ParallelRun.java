package dev.cairn.resumable;

import dev.cairn.WorkContext;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;

/** Runs the branches of one parallel step and waits for all of them (R12). */
final class ParallelRun {
  private final WorkContext context;
  private final StepRunner runner;
  private final StepEntry entry;
  private final Branches branches;
  private final BranchGroup group = new BranchGroup();
  private final Semaphore places;

  /** The branches that have not come to their end, in whatever way. */
  private final Set<String> open = ConcurrentHashMap.newKeySet();

  ParallelRun(WorkContext context, StepRunner runner, StepEntry entry, Branches branches) {
    this.context = context;
    this.runner = runner;
    this.entry = entry;
    this.branches = branches;
    this.places = new Semaphore(Math.clamp(branches.bodies().size(), 1, branches.most()));
  }

  void run() throws Exception {
    var threads = new ArrayList<Thread>();
    boolean started = false;
    try {
      branches
          .bodies()
          .forEach((name, body) -> {
            open.add(name);
            threads.add(context.fork(() -> runBranch(name, body)));
          });
      started = true;
    } finally {
      if (!started) {
        group.stop();
      }
      await(threads);
    }
    switch (group.failure()) {
      case null -> {
        // A thread that ends before it comes to the branch must not pass for one that has done it.
        if (!open.isEmpty()) {
          throw new IllegalStateException(
              "the branches %s of step '%s' did not run".formatted(open, entry.path()));
        }
      }
      case Exception e -> throw e;
      case Error e -> throw e;
      case Throwable e -> throw new IllegalStateException(e);
    }
  }

  private void runBranch(String name, BranchBody body) {
    try {
      places.acquire();
      try {
        var scope = new StepScope(context, entry, group, name);
        scope.yieldIfInterrupted();
        var steps = new Steps(runner, scope, StepOptions.DEFAULT);
        steps.step(name, () -> body.run(steps));
      } finally {
        places.release();
      }
      open.remove(name);
    } catch (Throwable e) {
      group.fail(e);
      open.remove(name);
    }
  }

  /** However long that takes: nothing of the job may run after its worker has returned. */
  private void await(List<Thread> threads) throws InterruptedException {
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
}
