package dev.cairn.internal.upkeep;

import dev.cairn.internal.store.WaitStore;
import java.time.Duration;

/**
 * Wakes jobs that wait for other jobs or were left by a signal, and drops what nobody waits for any
 * more.
 */
final class Waker implements LeaderService {
  private static final Duration INTERVAL = Duration.ofSeconds(1);
  private static final Duration CLEAN_INTERVAL = Duration.ofMinutes(1);
  private static final int LEFTOVERS_MAX = 10_000;

  private final WaitStore store;
  private final BatchSize batch = new BatchSize(name());
  private long cleanedNanos = System.nanoTime();

  Waker(WaitStore store) {
    this.store = store;
  }

  @Override
  public String name() {
    return "wake";
  }

  @Override
  public Duration turn() {
    if (batch.run(store::wake)) {
      return Duration.ZERO;
    }
    if (System.nanoTime() - cleanedNanos >= CLEAN_INTERVAL.toNanos()) {
      store.cleanLeftovers(LEFTOVERS_MAX);
      cleanedNanos = System.nanoTime();
    }
    return INTERVAL;
  }
}
