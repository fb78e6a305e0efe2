package dev.cairn.resumable;

/**
 * What to do if earlier attempts have finished a step that the code no longer has. May get further
 * constants.
 */
public enum RemovedSteps {
  /** Continue: the work of the step stays done. */
  IGNORE,
  /** Stop the job with a {@link CheckpointMismatchException}, before any step runs. */
  FAIL,
  /** Start the job from zero. */
  RESTART
}
