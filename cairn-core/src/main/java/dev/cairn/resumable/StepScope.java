package dev.cairn.resumable;

import dev.cairn.InterruptionReason;
import dev.cairn.JobInterruption;
import dev.cairn.internal.foreign.ForeignFailure;
import dev.cairn.spi.MiddlewareContext;
import dev.cairn.spi.Waits;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Where one thread of a job is among its steps. Used by that thread alone. */
final class StepScope {
  private final MiddlewareContext context;
  private final @Nullable StepEntry base;
  private final @Nullable BranchGroup group;
  private final String branch;
  private final Thread owner = Thread.currentThread();
  private final Deque<StepEntry> open = new ArrayDeque<>();
  private final Map<StepMeter, FinishByHand> finishable = new HashMap<>();
  private @Nullable String failed;
  private boolean finishedAny;

  /** What has ended this branch, if it waits; the attempt goes on meanwhile. */
  private @Nullable JobInterruption waits;

  /** The job's own thread. */
  StepScope(MiddlewareContext context) {
    this.context = context;
    this.base = null;
    this.group = null;
    this.branch = "";
  }

  /**
   * The calling thread as a branch.
   *
   * @param around where the parallel step is
   * @param base the step whose branches run in parallel
   * @param name that of the branch
   */
  StepScope(StepScope around, StepEntry base, BranchGroup group, String name) {
    this.context = around.context;
    this.base = base;
    this.group = group;
    this.branch = base.path() + "/" + name;
    this.finishedAny = around.finishedAny;
  }

  /** What the branches of a parallel step know of each other, if it stands here. */
  BranchGroup newGroup() {
    return new BranchGroup(group);
  }

  /** Whether the next step is not within another one. */
  boolean isTop() {
    return base == null && open.isEmpty();
  }

  /** Whether the next step is one of several that run in parallel. */
  boolean isBranch() {
    return base != null && open.isEmpty();
  }

  /** The path of the branch that this is; empty for the job's own thread. */
  String branch() {
    return branch;
  }

  /** The path of the step around the next one, with a slash; empty if there is none. */
  String prefix() {
    StepEntry parent = open.isEmpty() ? base : open.peek();
    return parent == null ? "" : parent.path() + "/";
  }

  /** Whether no position of a loop moves while this thread is here. */
  boolean isOutsideOfLoops() {
    return group == null && open.stream().noneMatch(entry -> entry.meter().followsCursor());
  }

  /** The innermost step that runs; null if none does. */
  @Nullable StepEntry current() {
    return open.peek();
  }

  /** A step that its body may finish in a transaction of its own making. */
  void finishable(StepEntry entry, FinishByHand byHand) {
    finishable.put(entry.meter(), byHand);
  }

  /** How the body of a step may finish it; null if it may not. */
  @Nullable FinishByHand finishable(StepEntry entry) {
    return finishable.get(entry.meter());
  }

  void open(StepEntry entry) {
    open.push(entry);
  }

  /** Whether a step, or one within it, runs. */
  boolean isOpen(StepEntry entry) {
    for (StepEntry each : open) {
      if (each.meter() == entry.meter()) {
        return true;
      }
    }
    return false;
  }

  void close(boolean returned) {
    StepEntry entry = open.pop();
    finishable.remove(entry.meter());
    if (returned) {
      // One that was entered only for items to be done again has finished in an earlier attempt.
      finishedAny |= !entry.isFinished();
    } else if (failed == null) {
      failed = entry.path();
    }
  }

  /** Whether a step before the next one has finished in this attempt. */
  boolean hasFinishedAny() {
    return finishedAny;
  }

  /** The step after which none may run any more. */
  @Nullable String failed() {
    return failed;
  }

  /** A step that has failed is tried again. */
  void forgetFailure() {
    failed = null;
  }

  boolean isOwnThread() {
    return Thread.currentThread() == owner;
  }

  /** A point of interruption. */
  void yieldIfInterrupted() {
    context.yieldIfInterrupted();
    if (group != null) {
      group.yieldIfStopped();
    }
    if (waits != null) {
      throw waits;
    }
  }

  /** A wait that the code has swallowed ends what is around it all the same (R13). */
  void yieldIfWaiting() {
    if (waits != null || context.interruption().orElse(null) == InterruptionReason.SUSPENDED) {
      yieldIfInterrupted();
    }
  }

  /**
   * Suspends the attempt; in a branch it ends only that, and the attempt is suspended when the
   * others have ended or wait as well (R36).
   *
   * @throws JobInterruption always
   */
  JobInterruption suspend(BranchGroup.Wait wait) {
    if (group == null) {
      Waits all = context.waits();
      Duration delay = Duration.between(all.now(), wait.until());
      throw all.suspend(delay.isNegative() ? Duration.ZERO : delay, !wait.steps().isEmpty());
    }
    group.add(wait);
    yieldIfInterrupted();
    waits =
        new JobInterruption(InterruptionReason.SUSPENDED, "branch '%s' waits".formatted(branch));
    throw waits;
  }

  /** Suspends it until the next attempt, which may begin at once. */
  JobInterruption suspend() {
    throw suspend(new BranchGroup.Wait(context.waits().now(), List.of()));
  }

  /** Whether it is because it waits that this branch has ended so. */
  boolean isWait(Throwable end) {
    JobInterruption interruption =
        waits == null ? null : new ForeignFailure(end).find(JobInterruption.class);
    return interruption != null && interruption.reason() == InterruptionReason.SUSPENDED;
  }
}
