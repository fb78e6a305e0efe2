package dev.cairn.internal.work;

import dev.cairn.internal.concurrent.Nanos;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The transactions in which one attempt may hold its job's row. Of those that Cairn begins it is
 * known when they end; of those of the worker's own, in which it saves a checkpoint, only the lock
 * of the row tells. The threads of the attempt write, the lookout's alone reads.
 */
final class OpenTransactions {
  private static final long NONE = Long.MIN_VALUE;

  /** Since when, by the thread that runs them. */
  private final Map<Thread, Long> begun = new ConcurrentHashMap<>();

  private final AtomicLong lastLock = new AtomicLong(NONE);
  private boolean seenLocked;
  private boolean reported;

  /** Runs the body of a transaction that Cairn has begun. */
  <T extends @Nullable Object> T during(Callable<T> body) throws Exception {
    begun.put(Thread.currentThread(), System.nanoTime());
    try {
      return body.call();
    } finally {
      begun.remove(Thread.currentThread());
    }
  }

  /** A transaction has locked the job's row, for a checkpoint or the outcome. */
  void locked() {
    lastLock.set(System.nanoTime());
  }

  /** Whether one may be open for longer than this, and was not reported yet. */
  boolean mayBeLong(Duration limit) {
    return !reported && (hasBegun(limit) || isOlder(lastLock.get(), limit));
  }

  /**
   * Whether one is to be reported now. A lock counts if it is seen twice in a row, because the
   * client's own statements hold it for a moment.
   *
   * @param locked whether somebody holds the job's row
   */
  boolean isLong(Duration limit, boolean locked) {
    long lock = lastLock.get();
    boolean held = locked && isOlder(lock, limit);
    reported = hasBegun(limit) || (held && seenLocked);
    seenLocked = held;
    if (!locked) {
      lastLock.compareAndSet(lock, NONE);
    }
    return reported;
  }

  private boolean hasBegun(Duration limit) {
    return begun.values().stream().anyMatch(since -> isOlder(since, limit));
  }

  private static boolean isOlder(long nanos, Duration limit) {
    return nanos != NONE && System.nanoTime() - nanos > Nanos.of(limit);
  }
}
