package dev.cairn.internal.upkeep;

import dev.cairn.internal.foreign.ForeignCode;
import dev.cairn.internal.foreign.Log;
import dev.cairn.internal.store.ContendedException;
import dev.cairn.internal.store.PeriodicStore;
import dev.cairn.internal.store.PeriodicStore.JobOfRiver;
import dev.cairn.schedule.PeriodicJob;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
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

  /**
   * How much earlier a job may be than its run, if all that is known is when it was inserted. River
   * inserts runs up to 100 ms early, and clocks differ a little.
   */
  private static final Duration EARLY_MAX = Duration.ofSeconds(1);

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
      return store.lastJobsOfRiver(job.id(), missed, before).stream()
          .map(inserted -> runOrInsertion(job, inserted))
          .max(Comparator.naturalOrder());
    } catch (ContendedException e) {
      failure = e;
      failingNanos += nanoTime.getAsLong() - begin;
      return unknown(job);
    }
  }

  /** A schedule may fail for times that are long past; then the job is still to be inserted. */
  private static Instant runOrInsertion(PeriodicJob job, JobOfRiver inserted) {
    try {
      return run(job, inserted);
    } catch (RuntimeException e) {
      log.debug("The schedule of periodic job '{}' fails for a time that is past", job.id(), e);
      return inserted.createdAt();
    }
  }

  /**
   * The run of a job. River inserts a run up to 100 ms early, by its own clock, which may be some
   * seconds ahead of the database's. But a time that is later than the insertion may also be that
   * of a retry, a snooze or a hand-back, or one that the factory has chosen. So it counts only if
   * the schedule has no run in between: that run would be lost.
   */
  private static Instant run(PeriodicJob job, JobOfRiver inserted) {
    Instant created = inserted.createdAt();
    Instant scheduled = inserted.scheduledAt();
    if (!scheduled.isAfter(created)) {
      return scheduled;
    }
    Duration most = inserted.isMoved() ? EARLY_MAX : PeriodicStore.AHEAD_MAX;
    boolean isNear = !scheduled.isAfter(created.plus(most));
    if (isNear && next(job, created).filter(scheduled::isAfter).isEmpty()) {
      return scheduled;
    }
    return nearestRun(job, inserted, isNear ? most : EARLY_MAX);
  }

  /**
   * The run that is due a little later, if none is as near to the insertion: then it was probably
   * inserted early. It was not if the job was attempted before. An interval has none, because its
   * runs are reckoned from one another.
   */
  private static Instant nearestRun(PeriodicJob job, JobOfRiver inserted, Duration most) {
    Instant created = inserted.createdAt();
    Instant attempted = inserted.attemptedAt();
    return next(job, created)
        .filter(run -> !run.isAfter(created.plus(most)))
        .filter(run -> attempted == null || !attempted.isBefore(run))
        .filter(run -> {
          Instant asFarBefore = created.minus(Duration.between(created, run));
          return next(job, asFarBefore.minusNanos(1)).filter(run::equals).isPresent();
        })
        .orElse(created);
  }

  private static Optional<Instant> next(PeriodicJob job, Instant after) {
    return ForeignCode.tidily(() -> job.schedule().next(after));
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
