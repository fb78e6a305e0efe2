package dev.cairn.resumable;

/** Decides how a job that an older definition has begun goes on under this one (R11). */
@FunctionalInterface
public interface VersionChange {
  /** What becomes of the job. May get further constants. */
  enum Decision {
    /** Go on with what the callback has left in the progress. */
    CONTINUE,
    /** Start from zero. */
    RESTART,
    /** Stop with an error that uses up no attempt; the job waits for its retry. */
    PARK
  }

  /**
   * Called before any step runs.
   *
   * @param progress what earlier attempts have saved; may be changed here
   */
  Decision on(SavedProgress progress) throws Exception;
}
