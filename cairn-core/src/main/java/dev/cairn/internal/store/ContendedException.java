package dev.cairn.internal.store;

import dev.cairn.CairnException;

/**
 * A statement failed for a temporary reason: a deadlock, a lock, a time limit, a lack of memory.
 * Nothing was written. The next try, or one with fewer rows, may succeed.
 */
public final class ContendedException extends CairnException {
  private static final long serialVersionUID = 1L;

  public ContendedException(String message, Throwable cause) {
    super(message, cause);
  }
}
