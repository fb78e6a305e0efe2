package dev.cairn.resumable;

import dev.cairn.InterruptionReason;
import dev.cairn.JobInterruption;
import dev.cairn.internal.foreign.ForeignFailure;
import dev.cairn.spi.MiddlewareContext;
import dev.cairn.spi.Waits;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The place of one thread of a job among its steps. Used by that thread alone. */
final class StepScope {
  private final MiddlewareContext context;
  private final @Nullable StepEntry base;
  private final @Nullable BranchGroup group;
  private final String branch;
  private final Thread owner;
  private final Deque<StepEntry> open = new ArrayDeque<>();
  private final Map<StepMeter, FinishByHand> finishable = new HashMap<>();
  private @Nullable String failed;
  private boolean finishedAny;

  /** The transactions of Cairn's that are open on this thread, the innermost first. */
  private final Deque<OpenTransaction> transactions = new ArrayDeque<>();

  /** The steps that this thread has reached since the outermost of them began. */
  private final List<String> reached = new ArrayList<>();

  /** The interruption that ended this branch because it waits, while the attempt continues. */
  private @Nullable JobInterruption waits;

  /** The scope of the job's own thread. */
  StepScope(MiddlewareContext context, Thread owner) {
    this.context = context;
    this.owner = owner;
    this.base = null;
    this.group = null;
    this.branch = "";
  }

  /**
   * The scope of the calling thread as a branch.
   *
   * @param around the scope of the parallel step
   * @param base the step whose branches run in parallel
   * @param name the name of the branch
   */
  StepScope(StepScope around, StepEntry base, BranchGroup group, String name) {
    this.context = around.context;
    this.owner = Thread.currentThread();
    this.base = base;
    this.group = group;
    this.branch = base.path() + "/" + name;
    this.finishedAny = around.finishedAny;
  }

  /** Creates the shared state of the branches of a parallel step at this place. */
  BranchGroup newGroup() {
    return new BranchGroup(group);
  }

  /** Whether the next step is a top-level step. */
  boolean isTop() {
    return base == null && open.isEmpty();
  }

  /** Whether the next step is one of several that run in parallel. */
  boolean isBranch() {
    return base != null && open.isEmpty();
  }

  /** The path of this branch; empty for the job's own thread. */
  String branch() {
    return branch;
  }

  /** The path of the enclosing step, with a slash; empty if there is none. */
  String prefix() {
    StepEntry parent = open.isEmpty() ? base : open.peek();
    return parent == null ? "" : parent.path() + "/";
  }

  /** Whether this thread is in no loop whose position may move. */
  boolean isOutsideOfLoops() {
    return group == null && open.stream().noneMatch(entry -> entry.meter().followsCursor());
  }

  /** The innermost running step; null if there is none. */
  @Nullable StepEntry current() {
    return open.peek();
  }

  /** Notes that the body of a step may finish it in a transaction of its own. */
  void finishable(StepEntry entry, FinishByHand byHand) {
    finishable.put(entry.meter(), byHand);
  }

  /** How the body of a step can finish it by hand; null if it may not. */
  @Nullable FinishByHand finishable(StepEntry entry) {
    return finishable.get(entry.meter());
  }

  void open(StepEntry entry) {
    open.push(entry);
  }

  /** Whether a step, or a step within it, runs. */
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
      // A step that was entered only to process items again has finished in an earlier attempt.
      finishedAny |= !entry.isFinished();
    } else if (failed == null) {
      failed = entry.path();
    }
  }

  /** Whether a step before the next one has finished in this attempt. */
  boolean hasFinishedAny() {
    return finishedAny;
  }

  /** The failed step, after which no other may run. */
  @Nullable String failed() {
    return failed;
  }

  /**
   * What was known when a transaction began.
   *
   * @param reached the number of steps that had been reached
   * @param failed the failed step
   */
  private record OpenTransaction(int reached, @Nullable String failed) {}

  void beginTransaction() {
    transactions.push(new OpenTransaction(reached.size(), failed));
  }

  void endTransaction() {
    transactions.pop();
    if (transactions.isEmpty()) {
      reached.clear();
    }
  }

  /** Notes that the code has reached a step. */
  void reach(String path) {
    if (!transactions.isEmpty()) {
      reached.add(path);
    }
  }

  /**
   * Notes that the body of the innermost transaction is run again. Returns the steps it reached.
   */
  List<String> runTransactionAgain() {
    OpenTransaction begun = transactions.element();
    failed = begun.failed();
    List<String> since = reached.subList(begun.reached(), reached.size());
    List<String> gone = List.copyOf(since);
    since.clear();
    return gone;
  }

  /** Notes that a failed step is tried again. */
  void forgetFailure() {
    failed = null;
  }

  /** The thread whose place this is. */
  Thread owner() {
    return owner;
  }

  boolean isOwnThread() {
    return Thread.currentThread() == owner;
  }

  /** Checks for interruptions. */
  void yieldIfInterrupted() {
    context.yieldIfInterrupted();
    if (group != null) {
      group.yieldIfStopped();
    }
    if (waits != null) {
      throw waits;
    }
  }

  /** A wait ends the enclosing steps even if the code has swallowed its exception (R13). */
  void yieldIfWaiting() {
    if (waits != null || context.interruption().orElse(null) == InterruptionReason.SUSPENDED) {
      yieldIfInterrupted();
    }
  }

  /**
   * Suspends the attempt. Within a branch, only the branch ends, and the attempt is suspended when
   * the other branches have ended or wait as well (R36).
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

  /** Suspends the attempt until the next one, which may begin at once. */
  JobInterruption suspend() {
    throw suspend(new BranchGroup.Wait(context.waits().now(), List.of()));
  }

  /** Whether this branch has ended because it waits. */
  boolean isWait(Throwable end) {
    JobInterruption interruption =
        waits == null ? null : new ForeignFailure(end).find(JobInterruption.class);
    return interruption != null && interruption.reason() == InterruptionReason.SUSPENDED;
  }
}
