package dev.cairn.internal.upkeep;

import dev.cairn.internal.foreign.Log;
import dev.cairn.internal.store.ContendedException;
import dev.cairn.internal.store.PeriodicStore;
import dev.cairn.schedule.PeriodicJob;
import java.time.Instant;
import java.util.Optional;

/** The runs of durable periodic jobs that a leader of River for Go has inserted. */
record RunsOfRiver(PeriodicStore store) {
  private static final Log log = Log.of(RunsOfRiver.class);

  /**
   * The last of them. If the look takes too long, no run counts as inserted: a run that is inserted
   * twice is better than one that is never inserted.
   *
   * @param missed the run from which on runs are looked for
   * @param before jobs that were inserted later do not count
   */
  Optional<Instant> last(PeriodicJob job, Instant missed, Instant before) {
    try {
      return store.lastRun(job.id(), missed, before);
    } catch (ContendedException e) {
      log.warn(
          "Could not look up which runs of periodic job '{}' another leader has inserted; all that"
              + " were missed are inserted [CAIRN-526]",
          job.id(),
          e);
      return Optional.empty();
    }
  }
}
