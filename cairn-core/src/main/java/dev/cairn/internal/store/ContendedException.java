package dev.cairn.internal.store;

import dev.cairn.CairnException;

/**
 * A statement failed for a temporary reason: a deadlock, a lock, a time limit, a lack of memory.
 * Nothing was written. The next try, or one with fewer rows, may succeed.
 */
public final class ContendedException extends CairnException {
  private static final long serialVersionUID = 1L;

  private final boolean locked;

  public ContendedException(String message, Throwable cause) {
    this(message, cause, false);
  }

  /**
   * One whose reason may be a lock.
   *
   * @param locked whether another session held a lock for longer than this one wanted to wait
   */
  public ContendedException(String message, Throwable cause, boolean locked) {
    super(message, cause);
    this.locked = locked;
  }

  /** Whether another session held a lock for longer than this one wanted to wait. */
  public boolean isLocked() {
    return locked;
  }
}
