package dev.cairn.internal.upkeep;

import dev.cairn.JobState;
import dev.cairn.Retention;
import dev.cairn.internal.store.UpkeepStore;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

/** Deletes finished jobs after their retention time, and their remaining rows in other tables. */
final class Cleaner implements LeaderService {
  private static final Duration INTERVAL = Duration.ofSeconds(30);

  private final List<FinishedJobs> finished;
  private final Leftovers leftovers;
  private final BatchSize batch = new BatchSize(name());
  private final Duration patience;
  private long nextLeftoversNanos = System.nanoTime();

  Cleaner(UpkeepStore store, Retention retention) {
    this(store, retention, INTERVAL);
  }

  /**
   * As the other constructor says.
   *
   * @param patience how long the cleaning of leftovers may be delayed while there are always more
   *     jobs to delete
   */
  Cleaner(UpkeepStore store, Retention retention, Duration patience) {
    this.patience = patience;
    this.finished =
        Stream.of(JobState.COMPLETED, JobState.CANCELLED, JobState.DISCARDED)
            .map(state -> new FinishedJobs(store, retention, state))
            .toList();
    this.leftovers = new Leftovers(store);
  }

  @Override
  public String name() {
    return "clean";
  }

  /**
   * Cleans leftovers even if no job can be deleted, and even while there are always jobs to delete.
   */
  @Override
  public Duration turn() {
    var failures = new Failures();
    boolean full = failures.catching(() -> batch.run(limit -> clean(limit) ? limit : 0));
    if (full && System.nanoTime() - nextLeftoversNanos < patience.toNanos()) {
      return Duration.ZERO;
    }
    boolean muchIsLeft = failures.catching(this::cleanLeftovers);
    failures.throwFirst();
    if (full) {
      return Duration.ZERO;
    }
    return muchIsLeft ? Leftovers.SOON : INTERVAL;
  }

  /**
   * Does nothing if called again within an interval, because a failed turn is repeated within
   * seconds.
   */
  private boolean cleanLeftovers() {
    if (System.nanoTime() - nextLeftoversNanos < 0) {
      return false;
    }
    nextLeftoversNanos = System.nanoTime() + INTERVAL.toNanos();
    boolean muchIsLeft = leftovers.clean();
    if (muchIsLeft) {
      nextLeftoversNanos = System.nanoTime();
    }
    return muchIsLeft;
  }

  /** If one state fails, the others are still cleaned. */
  private boolean clean(int limit) {
    boolean more = false;
    var failures = new Failures();
    for (FinishedJobs jobs : finished) {
      more |= failures.catching(() -> jobs.clean(limit));
    }
    failures.throwFirst();
    return more;
  }
}
