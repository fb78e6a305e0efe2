package dev.cairn.internal.upkeep;

import dev.cairn.internal.store.QueueStore;
import java.time.Duration;

/** Deletes queues that clients no longer work, with River's intervals. */
final class QueueCleaner implements LeaderService {
  private static final int BATCH_MAX = 1_000;
  private static final Duration INTERVAL = Duration.ofHours(1);
  private static final Duration UNUSED = Duration.ofHours(24);

  private final QueueStore store;

  QueueCleaner(QueueStore store) {
    this.store = store;
  }

  @Override
  public String name() {
    return "queue-clean";
  }

  @Override
  public Duration turn() {
    return store.clean(UNUSED, BATCH_MAX) == BATCH_MAX ? Duration.ZERO : INTERVAL;
  }
}
