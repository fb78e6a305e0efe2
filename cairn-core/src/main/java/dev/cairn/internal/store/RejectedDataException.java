package dev.cairn.internal.store;

import dev.cairn.CairnException;

/** The database refuses the values of a statement: sent again they are refused again. */
public final class RejectedDataException extends CairnException {
  private static final long serialVersionUID = 1L;

  public RejectedDataException(String message, Throwable cause) {
    super(message, cause);
  }
}
