package dev.cairn.resumable;

/** The code of one branch of a parallel step. */
@FunctionalInterface
public interface BranchBody {
  /** Runs on a virtual thread of its own. Only this thread may use {@code steps}. */
  void run(Steps steps) throws Exception;
}
