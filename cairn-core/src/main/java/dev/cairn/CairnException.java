package dev.cairn;

import org.jspecify.annotations.Nullable;

/** The root of Cairn's exceptions for failures that the caller did not cause. */
public class CairnException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public CairnException(String message) {
    super(message);
  }

  public CairnException(@Nullable String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
