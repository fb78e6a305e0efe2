package dev.cairn.internal.work;

import dev.cairn.CairnException;
import org.jspecify.annotations.Nullable;

/** Recorded as the error of an attempt that exceeded its timeout or its progress deadline. */
final class JobTimeoutException extends CairnException {
  private static final long serialVersionUID = 1L;

  JobTimeoutException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
