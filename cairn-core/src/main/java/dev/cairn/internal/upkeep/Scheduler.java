package dev.cairn.internal.upkeep;

import dev.cairn.internal.store.UpkeepStore;
import java.time.Duration;

/** Makes due jobs available. */
final class Scheduler implements LeaderService {
  private static final Duration INTERVAL = Duration.ofSeconds(5);

  private final UpkeepStore store;
  private final BatchSize batch = new BatchSize(name());

  Scheduler(UpkeepStore store) {
    this.store = store;
  }

  @Override
  public String name() {
    return "schedule";
  }

  @Override
  public Duration turn() {
    return batch.run(store::schedule) ? Duration.ZERO : INTERVAL;
  }
}
