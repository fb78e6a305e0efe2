package dev.cairn;

import org.jspecify.annotations.Nullable;

/**
 * The database could not be reached, refused the login, or dropped the connection. Whether the
 * statement took effect is unknown if the connection broke while it ran.
 */
public class StoreUnavailableException extends CairnException {
  private static final long serialVersionUID = 1L;

  public StoreUnavailableException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
