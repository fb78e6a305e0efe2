package dev.cairn;

import org.jspecify.annotations.Nullable;

/**
 * Fails an attempt without using it up: the error is recorded and the job waits for its retry, but
 * {@code attempt} is given back. For failures that no retry of the same code can fix, so that the
 * job is not discarded before the right code is deployed.
 */
public class UncountedFailureException extends CairnException {
  private static final long serialVersionUID = 1L;

  public UncountedFailureException(String message) {
    super(message);
  }

  public UncountedFailureException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
