package dev.cairn.schedule;

import dev.cairn.JobInsert;
import dev.cairn.internal.options.Option;
import dev.cairn.internal.options.Options;
import java.time.Instant;
import java.util.Objects;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A job that the leader inserts whenever it is due. Every client that may become leader should have
 * it. Start with {@link #of}. Immutable.
 */
public final class PeriodicJob {
  private static final Option<String> ID = Option.required("id");
  private static final Option<Schedule> SCHEDULE = Option.required("schedule");
  private static final Option<Factory> FACTORY = Option.required("factory");
  private static final Option<Boolean> RUNS_ON_START = Option.of("runsOnStart", false);
  private static final Option<@Nullable MissedRuns> MISSED_RUNS = Option.of("missedRuns");

  private static final Pattern VALID_ID = Pattern.compile("[\\w\\-./: ]{1,128}");

  private final Options options;

  /** Makes the job of one run. */
  @FunctionalInterface
  public interface Factory {
    /**
     * The job to insert.
     *
     * @param due when the run is, or was, due
     * @return the job; null to skip this run
     */
    @Nullable JobInsert create(Instant due);
  }

  private PeriodicJob(Options options) {
    this.options = options;
  }

  /**
   * A periodic job whose schedule starts again with each leader, as in River.
   *
   * @param id unique among the periodic jobs; 1 to 128 letters, digits, spaces and {@code _ - . /
   *     :}
   * @throws IllegalArgumentException if the id is malformed
   */
  public static PeriodicJob of(String id, Schedule schedule, Factory factory) {
    if (!VALID_ID.matcher(id).matches()) {
      throw new IllegalArgumentException(
          "the id '%s' of a periodic job must match %s".formatted(id, VALID_ID.pattern()));
    }
    return new PeriodicJob(
        Options.none()
            .with(ID, id)
            .with(SCHEDULE, Objects.requireNonNull(schedule, "schedule"))
            .with(FACTORY, Objects.requireNonNull(factory, "factory")));
  }

  /** Its id, unique among the periodic jobs. */
  public String id() {
    return options.get(ID);
  }

  /** When it is due. */
  public Schedule schedule() {
    return options.get(SCHEDULE);
  }

  /** Makes the job of each run. */
  public Factory factory() {
    return options.get(FACTORY);
  }

  /** Whether the job is also inserted whenever a client becomes leader. */
  public boolean runsOnStart() {
    return options.get(RUNS_ON_START);
  }

  /** Also inserts the job whenever a client becomes leader. */
  public PeriodicJob runOnStart() {
    return new PeriodicJob(options.with(RUNS_ON_START, true));
  }

  /**
   * What happens to missed runs; null if the job is not durable, so that its schedule starts again
   * with each leader.
   */
  public @Nullable MissedRuns missedRuns() {
    return options.get(MISSED_RUNS);
  }

  /**
   * Stores the time of the next run in the database, so that a change of the leader repeats no run;
   * {@code missed} decides about runs that were due while no client led. Unless set, the schedule
   * starts again with each leader, and those runs are left out. A leader of River for Go does not
   * store this time: the page "River" of the guide has the consequences.
   */
  public PeriodicJob durable(MissedRuns missed) {
    return new PeriodicJob(options.with(MISSED_RUNS, Objects.requireNonNull(missed, "missed")));
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof PeriodicJob that && options.equals(that.options);
  }

  @Override
  public int hashCode() {
    return options.hashCode();
  }

  @Override
  public String toString() {
    return options.describe("PeriodicJob");
  }
}
