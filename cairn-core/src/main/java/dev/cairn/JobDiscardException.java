package dev.cairn;

import org.jspecify.annotations.Nullable;

/** Thrown by a worker to discard its job, however many attempts it has left. */
public class JobDiscardException extends CairnException {
  private static final long serialVersionUID = 1L;

  public JobDiscardException(String message) {
    super(message);
  }

  public JobDiscardException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
