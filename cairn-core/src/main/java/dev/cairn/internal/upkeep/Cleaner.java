package dev.cairn.internal.upkeep;

import dev.cairn.internal.store.UpkeepStore;
import dev.cairn.internal.store.UpkeepStore.Retention;
import java.time.Duration;

/** Deletes finished jobs when their time is over, and what they left behind. */
final class Cleaner implements LeaderService {
  private static final int BATCH_MAX = 10_000;
  private static final Duration INTERVAL = Duration.ofSeconds(30);

  private final UpkeepStore store;

  Cleaner(UpkeepStore store) {
    this.store = store;
  }

  @Override
  public String name() {
    return "clean";
  }

  @Override
  public Duration turn() {
    if (store.clean(Retention.defaults(), BATCH_MAX) == BATCH_MAX) {
      return Duration.ZERO;
    }
    store.cleanLeftovers(BATCH_MAX);
    return INTERVAL;
  }
}
