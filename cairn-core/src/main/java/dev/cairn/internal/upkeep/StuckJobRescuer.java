package dev.cairn.internal.upkeep;

import dev.cairn.RetryPolicy;
import dev.cairn.internal.foreign.Log;
import dev.cairn.internal.store.ContendedException;
import dev.cairn.internal.store.RejectedDataException;
import dev.cairn.internal.store.UpkeepStore;
import dev.cairn.internal.store.UpkeepStore.StuckJob;
import java.time.Duration;
import java.util.List;
import java.util.function.BooleanSupplier;

/**
 * Rescues jobs of clients without heartbeat, such as those of River for Go, by River's rule of the
 * wall clock. Jobs of Cairn's clients are never rescued for running long.
 */
final class StuckJobRescuer implements LeaderService {
  private static final Log log = Log.of(StuckJobRescuer.class);
  private static final int BATCH_MAX = 1_000;
  private static final Duration INTERVAL = Duration.ofSeconds(30);

  private final UpkeepStore store;
  private final Duration horizon;
  private final BooleanSupplier leads;

  StuckJobRescuer(UpkeepStore store, Duration horizon, BooleanSupplier leads) {
    this.store = store;
    this.horizon = horizon;
    this.leads = leads;
  }

  @Override
  public String name() {
    return "stuck-rescue";
  }

  @Override
  public Duration turn() {
    List<StuckJob> stuck = store.findStuck(horizon, BATCH_MAX);
    boolean anyRescued = false;
    for (StuckJob job : stuck) {
      if (!leads.getAsBoolean()) {
        return INTERVAL;
      }
      if (isRescued(job)) {
        anyRescued = true;
        log.warn(
            "Job {} ({}) rescued: client {} has worked it since {}",
            job.claim().jobId(),
            job.kind(),
            job.claim().clientId(),
            job.claim().attemptedAt());
      }
    }
    return stuck.size() == BATCH_MAX && anyRescued ? Duration.ZERO : INTERVAL;
  }

  /** One that cannot be keeps no other from being rescued. */
  private boolean isRescued(StuckJob job) {
    try {
      return store.rescue(job, RetryPolicy.exponentialDelay(job.failures() + 1));
    } catch (RejectedDataException | ContendedException e) {
      log.warn("Job {} ({}) cannot be rescued now", job.claim().jobId(), job.kind(), e);
      return false;
    }
  }
}
