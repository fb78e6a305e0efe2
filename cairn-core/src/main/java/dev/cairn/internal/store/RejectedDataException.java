package dev.cairn.internal.store;

import dev.cairn.CairnException;

/** The database refuses the values of a statement, and would refuse them again. */
public final class RejectedDataException extends CairnException {
  private static final long serialVersionUID = 1L;

  private final boolean duplicate;

  public RejectedDataException(String message, Throwable cause) {
    this(message, cause, false);
  }

  /**
   * Creates the exception.
   *
   * @param duplicate whether another row has a value that must be unique
   */
  public RejectedDataException(String message, Throwable cause, boolean duplicate) {
    super(message, cause);
    this.duplicate = duplicate;
  }

  /** Whether another row has a value that must be unique. */
  public boolean isDuplicate() {
    return duplicate;
  }
}
