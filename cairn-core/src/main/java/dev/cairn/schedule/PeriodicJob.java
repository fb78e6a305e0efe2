package dev.cairn.schedule;

import dev.cairn.JobInsert;
import java.time.Instant;
import java.util.Objects;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A job that the leader inserts whenever it is due. Every client that may become leader should have
 * it. Immutable.
 *
 * @param id tells it from others; 1 to 128 letters, digits, spaces and {@code _ - . / :}
 * @param runsOnStart whether it is inserted at once as well whenever a client becomes leader
 * @param missedRuns what becomes of runs that nobody was there for; null if it is not durable, so
 *     that each new leader begins anew
 */
public record PeriodicJob(
    String id,
    Schedule schedule,
    Factory factory,
    boolean runsOnStart,
    @Nullable MissedRuns missedRuns) {
  private static final Pattern ID = Pattern.compile("[\\w\\-./: ]{1,128}");

  /** Makes the job of one run. */
  @FunctionalInterface
  public interface Factory {
    /**
     * The job to insert.
     *
     * @param due when the run is, or was, due
     * @return null if this run is to be left out
     */
    @Nullable JobInsert create(Instant due);
  }

  public PeriodicJob {
    if (!ID.matcher(id).matches()) {
      throw new IllegalArgumentException(
          "the id '%s' of a periodic job must match %s".formatted(id, ID.pattern()));
    }
    Objects.requireNonNull(schedule, "schedule");
    Objects.requireNonNull(factory, "factory");
  }

  /** A periodic job that begins anew with each leader, as in River. */
  public static PeriodicJob of(String id, Schedule schedule, Factory factory) {
    return new PeriodicJob(id, schedule, factory, false, null);
  }

  /** Inserted at once as well whenever a client becomes leader. */
  public PeriodicJob runOnStart() {
    return new PeriodicJob(id, schedule, factory, true, missedRuns);
  }

  /**
   * Remembered in the database: a change of the leader neither repeats nor delays a run, and each
   * run is inserted exactly once.
   */
  public PeriodicJob durable(MissedRuns missed) {
    return new PeriodicJob(id, schedule, factory, runsOnStart, missed);
  }
}
