package dev.cairn.internal.upkeep;

import dev.cairn.internal.store.QueueStore;
import dev.cairn.internal.store.UpkeepStore;
import dev.cairn.internal.store.WaitStore;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.BooleanSupplier;

/**
 * Maintains Cairn's own tables, and keeps paused queues. A leader of River for Go does neither, so
 * every client does, less often than a leader of Cairn. Clients that do this at the same time skip
 * each other's rows. Jobs are woken on another thread than the one that cleans, so that they need
 * not wait for it.
 */
final class Caretaker {
  /** A leader of Cairn wakes each second. */
  private static final Duration WAKE_INTERVAL = Duration.ofSeconds(5);

  /** A leader of Cairn cleans every half minute. */
  private static final Duration CLEAN_INTERVAL = Duration.ofMinutes(10);

  private static final int AT_ONCE_MAX = 1_000;

  private final WaitStore waits;
  private final QueueStore queues;
  private final Leftovers leftovers;
  private final BooleanSupplier hurries;
  private long nextCleanNanos;
  private long nextKeepNanos;

  /**
   * Cleans for the first time at a random moment within an interval, so that clients that start
   * together do not clean together.
   *
   * @param hurries whether this client is the one that does not wait for the next interval while
   *     there is much to delete. If all did so, a fleet would spend much of the server's time on it
   */
  Caretaker(WaitStore waits, QueueStore queues, UpkeepStore upkeep, BooleanSupplier hurries) {
    this(
        waits,
        queues,
        new Leftovers(upkeep),
        hurries,
        Duration.ofNanos(ThreadLocalRandom.current().nextLong(CLEAN_INTERVAL.toNanos())));
  }

  Caretaker(
      WaitStore waits,
      QueueStore queues,
      Leftovers leftovers,
      BooleanSupplier hurries,
      Duration untilFirstCleaning) {
    this.waits = waits;
    this.queues = queues;
    this.leftovers = leftovers;
    this.hurries = hurries;
    this.nextCleanNanos = System.nanoTime() + untilFirstCleaning.toNanos();
    this.nextKeepNanos = nextCleanNanos;
  }

  /** A turn of the thread that wakes. */
  Duration wake() {
    long began = System.nanoTime();
    if (waits.wake(AT_ONCE_MAX) >= AT_ONCE_MAX) {
      return Duration.ZERO;
    }
    return Waker.rest(WAKE_INTERVAL, Duration.ofNanos(System.nanoTime() - began));
  }

  /** A turn of the thread that cleans. */
  Duration clean() {
    long untilNext = nextCleanNanos - System.nanoTime();
    if (untilNext > 0) {
      return Duration.ofNanos(untilNext);
    }
    // Set first: after a failure, the turn is repeated within seconds.
    nextCleanNanos = System.nanoTime() + CLEAN_INTERVAL.toNanos();
    var failures = new Failures();
    failures.catching(this::keepPaused);
    boolean muchIsLeft = failures.catching(leftovers::clean);
    failures.throwFirst();
    if (muchIsLeft && hurries.getAsBoolean()) {
      nextCleanNanos = System.nanoTime();
      return Leftovers.SOON;
    }
    return CLEAN_INTERVAL;
  }

  /** Once in an interval, also if cleaning goes on without a pause. Returns false. */
  private boolean keepPaused() {
    long now = System.nanoTime();
    if (now - nextKeepNanos >= 0) {
      nextKeepNanos = now + CLEAN_INTERVAL.toNanos();
      queues.keepPaused();
    }
    return false;
  }
}
