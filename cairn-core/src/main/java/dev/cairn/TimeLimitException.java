package dev.cairn;

import org.jspecify.annotations.Nullable;

/** Code has run longer than its time limit, set by {@link WorkContext#within}. */
public class TimeLimitException extends CairnException {
  private static final long serialVersionUID = 1L;

  public TimeLimitException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
