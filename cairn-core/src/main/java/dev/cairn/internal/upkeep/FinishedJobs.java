package dev.cairn.internal.upkeep;

import dev.cairn.JobState;
import dev.cairn.Retention;
import dev.cairn.internal.store.UpkeepStore;
import dev.cairn.internal.store.UpkeepStore.Cleaned;
import dev.cairn.internal.store.UpkeepStore.EndPlace;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The finished jobs of one state, which are deleted in the order of their ends. Millions of jobs
 * may be kept longer than others, because of their queue or of items that they have put aside, and
 * they come before those that become due. So a walk through all jobs proceeds slowly, by some jobs
 * in each turn. In addition, each turn looks at the jobs that have just reached one of the ages at
 * which some jobs are deleted. Used by one thread.
 */
final class FinishedJobs {
  /** A walk of jobs that become due begins with those that became due this long ago. */
  private static final Duration LOOK_BACK = Duration.ofDays(1);

  /** Skipping more jobs that ended at the same time would take too long. */
  private static final int SKIPPED_MAX = 200_000;

  private final UpkeepStore store;
  private final Retention retention;
  private final JobState state;

  /** The ages at which jobs are deleted, the lowest first. */
  private final List<Duration> ages;

  private final Walk all;

  /**
   * The walks that follow the jobs that reach an age. Empty until the walk through all jobs takes
   * more than one turn.
   */
  private List<Walk> due = List.of();

  FinishedJobs(UpkeepStore store, Retention retention, JobState state) {
    this.store = store;
    this.retention = retention;
    this.state = state;
    this.ages =
        Stream.concat(Stream.of(retention), retention.queues().values().stream())
            .flatMap(each -> ages(each, state))
            .filter(age -> age.compareTo(Retention.FOREVER) < 0)
            .distinct()
            .sorted()
            .toList();
    this.all = new Walk(ages.isEmpty() ? Retention.FOREVER : ages.getFirst(), null);
  }

  /** A completed job with items put aside is kept as long as a discarded one. */
  private static Stream<Duration> ages(Retention retention, JobState state) {
    return state == JobState.COMPLETED
        ? Stream.of(retention.completed(), retention.discarded())
        : Stream.of(UpkeepStore.age(retention, state));
  }

  /**
   * Looks at some jobs.
   *
   * @param limit how many, on each of the walks
   * @return whether there are more to be deleted
   */
  boolean clean(int limit) {
    boolean more = false;
    for (Walk each : due) {
      more |= each.look(limit).seen() >= limit;
    }
    boolean atBegin = all.place == null;
    Cleaned cleaned = all.look(limit);
    boolean atEnd = cleaned.seen() < limit;
    if (atEnd) {
      all.place = null;
    }
    if (atBegin && atEnd) {
      return more;
    }
    if (due.isEmpty()) {
      Instant now = store.now();
      due =
          ages.stream()
              .map(age -> new Walk(age, new EndPlace(now.minus(age).minus(LOOK_BACK), 0)))
              .toList();
      more = !due.isEmpty();
    }
    return more || (!atEnd && cleaned.deleted() > 0);
  }

  /** A walk through the jobs that have an age, from the oldest to the youngest. */
  private final class Walk {
    private final Duration age;
    private @Nullable EndPlace place;

    Walk(Duration age, @Nullable EndPlace begin) {
      this.age = age;
      this.place = begin;
    }

    Cleaned look(int limit) {
      Cleaned cleaned = store.clean(state, retention, place, age, limit);
      Instant last = cleaned.last();
      if (last != null) {
        place = next(place, last, cleaned.seen() - cleaned.deleted());
      }
      return cleaned;
    }

    /** Jobs that ended at the same time, and are kept, would be found again and again. */
    private EndPlace next(@Nullable EndPlace from, Instant last, int kept) {
      if (from == null || !from.finalizedAt().equals(last)) {
        return new EndPlace(last, 0);
      }
      int skipped = from.skipped() + kept;
      return skipped <= SKIPPED_MAX
          ? new EndPlace(last, skipped)
          : new EndPlace(last.plus(1, ChronoUnit.MICROS), 0);
    }
  }
}
