package dev.cairn.resumable;

import dev.cairn.UncountedFailureException;
import org.jspecify.annotations.Nullable;

/**
 * The state that earlier attempts saved does not fit the code of this one: a step in progress is
 * missing or comes later, or a saved value can no longer be read. The job is stopped before it does
 * anything wrong. Its state is kept, and no attempt is used up. The job continues when code that
 * fits is deployed.
 */
public final class CheckpointMismatchException extends UncountedFailureException {
  private static final long serialVersionUID = 1L;

  public CheckpointMismatchException(String message) {
    super(message);
  }

  public CheckpointMismatchException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
