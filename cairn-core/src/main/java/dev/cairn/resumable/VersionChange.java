package dev.cairn.resumable;

/** Decides how a job that an older definition has started continues under this one. */
@FunctionalInterface
public interface VersionChange {
  /** What happens to the job. May get further constants. */
  enum Decision {
    /** Continue with the progress, including the changes of the callback. */
    CONTINUE,
    /** Start from zero. */
    RESTART,
    /** Stop with an error that uses up no attempt; the job waits for its retry. */
    PARK
  }

  /**
   * Called before any step runs.
   *
   * @param progress the state that earlier attempts have saved; may be changed here
   */
  Decision on(SavedProgress progress) throws Exception;
}
