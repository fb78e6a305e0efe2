package dev.cairn.internal.upkeep;

import dev.cairn.CairnException;
import dev.cairn.internal.store.UpkeepStore;
import dev.cairn.schedule.Schedule;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Rebuilds the indexes of the jobs now and then, without locking anybody out: where many rows come
 * and go, indexes grow and do not shrink by themselves.
 */
final class Reindexer implements LeaderService {
  private static final Logger log = LoggerFactory.getLogger(Reindexer.class);
  private static final Duration INTERVAL_MAX = Duration.ofMinutes(5);
  private static final Duration INDEX_MAX = Duration.ofMinutes(1);

  private final UpkeepStore store;
  private final Schedule schedule;
  private @Nullable Instant next;

  Reindexer(UpkeepStore store, Schedule schedule) {
    this.store = store;
    this.schedule = schedule;
  }

  @Override
  public String name() {
    return "reindex";
  }

  @Override
  public void begin() {
    next = null;
  }

  @Override
  public Duration turn() {
    Instant now = store.now();
    if (next != null && !next.isAfter(now)) {
      reindex();
    }
    next = schedule.next(now).orElse(null);
    Duration wait = next == null ? INTERVAL_MAX : Duration.between(now, next);
    return wait.compareTo(INTERVAL_MAX) < 0 ? wait.plusMillis(1) : INTERVAL_MAX;
  }

  private void reindex() {
    for (String index : store.indexes()) {
      try {
        store.reindex(index, INDEX_MAX);
      } catch (CairnException e) {
        log.warn("Index {} could not be rebuilt; the next try comes by its schedule", index, e);
      }
    }
  }
}
