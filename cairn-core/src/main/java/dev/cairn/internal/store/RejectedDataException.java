package dev.cairn.internal.store;

import dev.cairn.CairnException;

/** The database refuses the values of a statement. Sent again, they would be refused again. */
public final class RejectedDataException extends CairnException {
  private static final long serialVersionUID = 1L;

  private final boolean duplicate;

  public RejectedDataException(String message, Throwable cause) {
    this(message, cause, false);
  }

  /**
   * A refusal.
   *
   * @param duplicate whether another row has what the row would have to itself
   */
  public RejectedDataException(String message, Throwable cause, boolean duplicate) {
    super(message, cause);
    this.duplicate = duplicate;
  }

  /** Whether the reason is another row, so that nothing but the row itself can be to blame. */
  public boolean isDuplicate() {
    return duplicate;
  }
}
