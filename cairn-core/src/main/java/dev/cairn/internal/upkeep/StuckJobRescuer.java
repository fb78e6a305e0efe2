package dev.cairn.internal.upkeep;

import dev.cairn.CairnException;
import dev.cairn.RetryPolicy;
import dev.cairn.SchemaException;
import dev.cairn.StoreUnavailableException;
import dev.cairn.internal.foreign.Log;
import dev.cairn.internal.store.Claim;
import dev.cairn.internal.store.ContendedException;
import dev.cairn.internal.store.UpkeepStore;
import dev.cairn.internal.store.UpkeepStore.StuckJob;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Rescues jobs of clients without a heartbeat, such as those of River for Go, by River's rule: they
 * have been running for too long. Jobs of Cairn's clients are never rescued for running long. Jobs
 * of kinds whose workers in Go have no timeout are not rescued either. Such kinds are a setting,
 * because the database does not hold the timeouts of workers.
 */
final class StuckJobRescuer implements LeaderService {
  private static final Log log = Log.of(StuckJobRescuer.class);
  private static final int BATCH_MAX = 1_000;
  private static final Duration INTERVAL = Duration.ofSeconds(30);

  /** The pause before the next try if a row is locked, or its unique key is held. */
  private static final Duration HELD_RETRY = Duration.ofSeconds(1);

  /** So many failing statements a turn, at most: if all jobs are refused, each costs one. */
  private static final int REFUSED_MAX = 20;

  /** The pause after a turn that was ended by refusals. */
  private static final Duration REFUSED_RETRY = Duration.ofSeconds(5);

  /**
   * For so long, at least, a job that was refused is left out: until the jobs behind it have been
   * tried.
   */
  private static final Duration LEFT_OUT_FOR = Duration.ofMinutes(5);

  private static final int LEFT_OUT_MAX = 100_000;

  /**
   * So many tries a job has that fails by a passing trouble, such as a deadlock. A trigger may say
   * the same of each try.
   */
  private static final int TRIES_MAX = 3;

  private static final Duration WARNING_INTERVAL = Duration.ofMinutes(1);

  private enum Result {
    RESCUED,
    /** The job is locked, or is no longer stuck; the next turn checks it again. */
    HELD,
    REFUSED
  }

  /** A job that the database refused to change. */
  private record Refusal(StuckJob job, CairnException reason) {}

  private final UpkeepStore store;
  private final Duration horizon;
  private final Set<String> sparedKinds;
  private final BooleanSupplier leads;
  private final Discards discards;
  private final LongSupplier nanoTime;

  /** The claims of the jobs that were refused since {@link #leavesOutSince}. */
  private final Set<Claim> leftOut = new HashSet<>();

  private long leavesOutSince;

  /** Whether all other jobs were tried meanwhile. */
  private boolean isThrough;

  /** How often each job was tried that fails by a passing trouble, by its claim. */
  private final Map<Claim, Integer> tries = new HashMap<>();

  /** The number of failed statements in this turn. */
  private int failures;

  private @Nullable Long warnedAt;

  StuckJobRescuer(
      UpkeepStore store,
      Duration horizon,
      Set<String> sparedKinds,
      BooleanSupplier leads,
      Discards discards) {
    this(store, horizon, sparedKinds, leads, discards, System::nanoTime);
  }

  StuckJobRescuer(
      UpkeepStore store,
      Duration horizon,
      Set<String> sparedKinds,
      BooleanSupplier leads,
      Discards discards,
      LongSupplier nanoTime) {
    this.store = store;
    this.horizon = horizon;
    this.sparedKinds = sparedKinds;
    this.leads = leads;
    this.discards = discards;
    this.nanoTime = nanoTime;
  }

  @Override
  public String name() {
    return "stuck-rescue";
  }

  @Override
  public Duration turn() {
    if (leftOut.size() >= LEFT_OUT_MAX || (isThrough && hasPassed(LEFT_OUT_FOR, leavesOutSince))) {
      leftOut.clear();
    }
    failures = 0;
    List<StuckJob> stuck = store.findStuck(horizon, sparedKinds, leftOut, BATCH_MAX);
    tries.keySet().retainAll(stuck.stream().map(StuckJob::claim).toList());
    Set<Result> results = EnumSet.noneOf(Result.class);
    List<Refusal> refusals = new ArrayList<>();
    for (StuckJob job : stuck) {
      if (!leads.getAsBoolean() || failures == REFUSED_MAX) {
        break;
      }
      Result result = rescue(job, refusals);
      results.add(result);
      if (result == Result.RESCUED) {
        report(job);
        noteIfDiscarded(job);
      }
    }
    leaveOut(refusals);
    report(refusals);
    isThrough = stuck.size() < BATCH_MAX && failures < REFUSED_MAX && leads.getAsBoolean();
    if (!leads.getAsBoolean()) {
      return INTERVAL;
    }
    if (failures == REFUSED_MAX) {
      return REFUSED_RETRY;
    }
    if (stuck.size() == BATCH_MAX && results.contains(Result.RESCUED)) {
      return Duration.ZERO;
    }
    return results.contains(Result.HELD) ? HELD_RETRY : INTERVAL;
  }

  private void leaveOut(List<Refusal> refusals) {
    if (leftOut.isEmpty()) {
      leavesOutSince = nanoTime.getAsLong();
    }
    refusals.forEach(refusal -> leftOut.add(refusal.job().claim()));
  }

  private boolean hasPassed(Duration time, long since) {
    return nanoTime.getAsLong() - since >= time.toNanos();
  }

  /** The job was cancelled instead if somebody has asked for that. */
  private void noteIfDiscarded(StuckJob job) {
    if (job.attempt() >= job.maxAttempts()) {
      discards.note(List.of(job.claim().jobId()));
    }
  }

  private static void report(StuckJob job) {
    Claim claim = job.claim();
    if (claim.clientId().isEmpty() || claim.attemptedAt().equals(Instant.MIN)) {
      log.warn(
          "Job {} ({}) was rescued: it was running, but its row had no client or no time of a "
              + "claim [CAIRN-509]",
          claim.jobId(),
          job.kind());
    } else {
      log.warn(
          "Job {} ({}) was rescued: client {} has been working it since {} [CAIRN-509]",
          claim.jobId(),
          job.kind(),
          claim.clientId(),
          claim.attemptedAt());
    }
  }

  private void report(List<Refusal> refusals) {
    if (!refusals.isEmpty() && (warnedAt == null || hasPassed(WARNING_INTERVAL, warnedAt))) {
      warnedAt = nanoTime.getAsLong();
      Refusal first = refusals.getFirst();
      log.warn(
          "Could not rescue {} stuck jobs, for example job {} ({}); will retry in {} minutes or later [CAIRN-526]",
          leftOut.size(),
          first.job().claim().jobId(),
          first.job().kind(),
          LEFT_OUT_FOR.toMinutes(),
          first.reason());
    }
  }

  /** If one job cannot be rescued, the others still are. */
  private Result rescue(StuckJob job, List<Refusal> refusals) {
    try {
      return store.rescue(job, RetryPolicy.riverDelay(job.failures() + 1))
          ? Result.RESCUED
          : Result.HELD;
    } catch (ContendedException e) {
      Claim claim = job.claim();
      log.debug("Job {} ({}) cannot be rescued now", claim.jobId(), job.kind(), e);
      if (e.isLocked()) {
        return Result.HELD;
      }
      failures++;
      if (tries.merge(claim, 1, Integer::sum) < TRIES_MAX) {
        return Result.HELD;
      }
      tries.remove(claim);
      refusals.add(new Refusal(job, e));
      return Result.REFUSED;
    } catch (StoreUnavailableException | SchemaException e) {
      throw e;
    } catch (CairnException e) {
      // A trigger may refuse a row with any SQLSTATE.
      log.debug("Could not rescue job {} ({})", job.claim().jobId(), job.kind(), e);
      failures++;
      refusals.add(new Refusal(job, e));
      return Result.REFUSED;
    }
  }
}
