package dev.cairn.internal.upkeep;

import dev.cairn.internal.foreign.Log;
import dev.cairn.internal.store.ContendedException;
import dev.cairn.internal.store.PeriodicStore;
import dev.cairn.schedule.PeriodicJob;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The runs of durable periodic jobs that a leader of River for Go has inserted. Used by one thread.
 */
final class RunsOfRiver {
  private static final Log log = Log.of(RunsOfRiver.class);

  /**
   * So long may all looks take that fail: meanwhile, no periodic job is inserted, and there may be
   * many of them.
   */
  private static final Duration FAILING_MAX = Duration.ofSeconds(20);

  private final PeriodicStore store;
  private final LongSupplier nanoTime;

  private long failingNanos;

  /** Why the last look failed; null if none did. */
  private @Nullable ContendedException failure;

  RunsOfRiver(PeriodicStore store, LongSupplier nanoTime) {
    this.store = store;
    this.nanoTime = nanoTime;
  }

  /**
   * The last of them. If the look takes too long, no run counts as inserted: a run that is inserted
   * twice is better than one that is never inserted. After several such looks in a term of the
   * leader, no more are made.
   *
   * @param missed the run from which on runs are looked for
   * @param before jobs that were inserted later do not count
   */
  Optional<Instant> last(PeriodicJob job, Instant missed, Instant before) {
    if (failingNanos >= FAILING_MAX.toNanos()) {
      return unknown(job);
    }
    long begin = nanoTime.getAsLong();
    try {
      return store.lastRun(job.id(), missed, before);
    } catch (ContendedException e) {
      failure = e;
      failingNanos += nanoTime.getAsLong() - begin;
      return unknown(job);
    }
  }

  private Optional<Instant> unknown(PeriodicJob job) {
    log.warn(
        "Could not look up which runs of periodic job '{}' another leader has inserted; all that"
            + " were missed are inserted [CAIRN-526]",
        job.id(),
        failure);
    return Optional.empty();
  }
}
