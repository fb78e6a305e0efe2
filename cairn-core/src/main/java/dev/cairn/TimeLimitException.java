package dev.cairn;

import org.jspecify.annotations.Nullable;

/** Code that was given a time of its own by {@link WorkContext#within} has run longer. */
public class TimeLimitException extends CairnException {
  private static final long serialVersionUID = 1L;

  public TimeLimitException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
