package dev.cairn.internal.store;

import dev.cairn.CairnException;

/**
 * A statement was given up for something that passes: a deadlock, a lock, a time limit, a lack of
 * memory. Nothing was written. It may well succeed the next time, or for fewer rows.
 */
public final class ContendedException extends CairnException {
  private static final long serialVersionUID = 1L;

  public ContendedException(String message, Throwable cause) {
    super(message, cause);
  }
}
