package dev.cairn.internal.upkeep;

import dev.cairn.Retention;
import dev.cairn.internal.store.UpkeepStore;
import java.time.Duration;

/** Deletes finished jobs when their time is over, and what they left behind. */
final class Cleaner implements LeaderService {
  private static final int BATCH_MAX = 10_000;
  private static final Duration INTERVAL = Duration.ofSeconds(30);

  private final UpkeepStore store;
  private final Retention retention;

  Cleaner(UpkeepStore store, Retention retention) {
    this.store = store;
    this.retention = retention;
  }

  @Override
  public String name() {
    return "clean";
  }

  @Override
  public Duration turn() {
    if (store.clean(retention, BATCH_MAX) >= BATCH_MAX) {
      return Duration.ZERO;
    }
    store.cleanLeftovers(BATCH_MAX);
    return INTERVAL;
  }
}
