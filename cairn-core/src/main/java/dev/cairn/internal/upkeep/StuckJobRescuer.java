package dev.cairn.internal.upkeep;

import dev.cairn.RetryPolicy;
import dev.cairn.internal.foreign.Log;
import dev.cairn.internal.store.Claim;
import dev.cairn.internal.store.ContendedException;
import dev.cairn.internal.store.RejectedDataException;
import dev.cairn.internal.store.UpkeepStore;
import dev.cairn.internal.store.UpkeepStore.StuckJob;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.BooleanSupplier;

/**
 * Rescues jobs of clients without heartbeat, such as those of River for Go, by River's rule of the
 * wall clock. Jobs of Cairn's clients are never rescued for running long, nor are those of kinds
 * whose workers in Go have no timeout: that stands in no row, so it is a setting.
 */
final class StuckJobRescuer implements LeaderService {
  private static final Log log = Log.of(StuckJobRescuer.class);
  private static final int BATCH_MAX = 1_000;
  private static final Duration INTERVAL = Duration.ofSeconds(30);

  /** Where somebody holds a row just now, or its unique key. */
  private static final Duration HELD_RETRY = Duration.ofSeconds(1);

  private enum Result {
    RESCUED,
    /** Somebody holds it, or it is not stuck any more: the next look says which. */
    HELD,
    REFUSED
  }

  private final UpkeepStore store;
  private final Duration horizon;
  private final Set<String> sparedKinds;
  private final BooleanSupplier leads;

  StuckJobRescuer(
      UpkeepStore store, Duration horizon, Set<String> sparedKinds, BooleanSupplier leads) {
    this.store = store;
    this.horizon = horizon;
    this.sparedKinds = sparedKinds;
    this.leads = leads;
  }

  @Override
  public String name() {
    return "stuck-rescue";
  }

  @Override
  public Duration turn() {
    List<StuckJob> stuck = store.findStuck(horizon, sparedKinds, BATCH_MAX);
    Set<Result> results = EnumSet.noneOf(Result.class);
    for (StuckJob job : stuck) {
      if (!leads.getAsBoolean()) {
        return INTERVAL;
      }
      Result result = rescue(job);
      results.add(result);
      if (result == Result.RESCUED) {
        report(job);
      }
    }
    if (stuck.size() == BATCH_MAX && results.contains(Result.RESCUED)) {
      return Duration.ZERO;
    }
    return results.contains(Result.HELD) ? HELD_RETRY : INTERVAL;
  }

  private static void report(StuckJob job) {
    Claim claim = job.claim();
    if (claim.clientId().isEmpty() || claim.attemptedAt().equals(Instant.MIN)) {
      log.warn(
          "Job {} ({}) rescued: it was running, but its row did not say which client works it, or since when [CAIRN-509]",
          claim.jobId(),
          job.kind());
    } else {
      log.warn(
          "Job {} ({}) rescued: client {} has been working it since {} [CAIRN-509]",
          claim.jobId(),
          job.kind(),
          claim.clientId(),
          claim.attemptedAt());
    }
  }

  /** One that cannot be keeps no other from being rescued. */
  private Result rescue(StuckJob job) {
    try {
      return store.rescue(job, RetryPolicy.exponentialDelay(job.failures() + 1))
          ? Result.RESCUED
          : Result.HELD;
    } catch (ContendedException e) {
      log.debug("Job {} ({}) cannot be rescued now", job.claim().jobId(), job.kind(), e);
      return Result.HELD;
    } catch (RejectedDataException e) {
      log.warn("Job {} ({}) cannot be rescued now [CAIRN-526]", job.claim().jobId(), job.kind(), e);
      return Result.REFUSED;
    }
  }
}
