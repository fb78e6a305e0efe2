package dev.cairn.resumable;

import dev.cairn.WorkContext;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/** Where one thread of a job is among its steps. Used by that thread alone. */
final class StepScope {
  private final WorkContext context;
  private final @Nullable StepEntry base;
  private final @Nullable BranchGroup group;
  private final String branch;
  private final Thread owner = Thread.currentThread();
  private final Deque<StepEntry> open = new ArrayDeque<>();
  private @Nullable String failed;

  /** The job's own thread. */
  StepScope(WorkContext context) {
    this(context, null, null, "");
  }

  /**
   * The calling thread as a branch.
   *
   * @param base the step whose branches run in parallel
   * @param name that of the branch
   */
  StepScope(
      WorkContext context, @Nullable StepEntry base, @Nullable BranchGroup group, String name) {
    this.context = context;
    this.base = base;
    this.group = group;
    this.branch = base == null ? "" : base.path() + "/" + name;
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

  /** The innermost step that runs; null if none does. */
  @Nullable StepEntry current() {
    return open.peek();
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
    if (!returned && failed == null) {
      failed = entry.path();
    }
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
  }
}
