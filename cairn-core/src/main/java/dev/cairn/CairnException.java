package dev.cairn;

import org.jspecify.annotations.Nullable;

/** The root of the exceptions that Cairn throws for what went wrong outside of the caller. */
public class CairnException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public CairnException(String message) {
    super(message);
  }

  public CairnException(@Nullable String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
