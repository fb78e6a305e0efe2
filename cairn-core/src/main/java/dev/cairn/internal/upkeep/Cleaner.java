package dev.cairn.internal.upkeep;

import dev.cairn.Retention;
import dev.cairn.internal.store.UpkeepStore;
import java.time.Duration;

/** Deletes finished jobs after their retention time, and their remaining rows in other tables. */
final class Cleaner implements LeaderService {
  private static final int LEFTOVERS_MAX = 10_000;
  private static final Duration INTERVAL = Duration.ofSeconds(30);

  private final UpkeepStore store;
  private final Retention retention;
  private final BatchSize batch = new BatchSize(name());

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
    if (batch.run(most -> store.clean(retention, most))) {
      return Duration.ZERO;
    }
    store.cleanLeftovers(LEFTOVERS_MAX);
    return INTERVAL;
  }
}
