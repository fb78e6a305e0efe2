package dev.cairn.internal.upkeep;

import dev.cairn.JobState;
import dev.cairn.Retention;
import dev.cairn.internal.store.UpkeepStore;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Deletes finished jobs after their retention time, and their remaining rows in other tables. */
final class Cleaner implements LeaderService {
  private static final Duration INTERVAL = Duration.ofSeconds(30);

  private final List<FinishedJobs> finished;
  private final Leftovers leftovers;
  private final BatchSize batch = new BatchSize(name());

  Cleaner(UpkeepStore store, Retention retention) {
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

  @Override
  public Duration turn() {
    if (batch.run(limit -> clean(limit) ? limit : 0)) {
      return Duration.ZERO;
    }
    return leftovers.clean() ? Leftovers.SOON : INTERVAL;
  }

  /** If one state fails, the others are still cleaned. */
  private boolean clean(int limit) {
    boolean more = false;
    Throwable failure = null;
    for (FinishedJobs jobs : finished) {
      try {
        more |= jobs.clean(limit);
      } catch (RuntimeException | Error e) {
        failure = e;
      }
    }
    throwIfAny(failure);
    return more;
  }

  private static void throwIfAny(@Nullable Throwable failure) {
    switch (failure) {
      case RuntimeException e -> throw e;
      case Error e -> throw e;
      case null, default -> {}
    }
  }
}
