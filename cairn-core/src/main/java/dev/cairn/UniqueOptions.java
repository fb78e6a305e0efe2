package dev.cairn;

import dev.cairn.internal.options.Option;
import dev.cairn.internal.options.Options;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * When a job counts as a duplicate and is not inserted. Uses River's rules and River's keys, so
 * programs in all languages see each other's jobs. Start with {@link #byKind()} and narrow it.
 * Immutable.
 */
public final class UniqueOptions {
  /** River requires these. Without them, a job could be inserted twice before either has run. */
  private static final Set<JobState> REQUIRED =
      Set.copyOf(
          EnumSet.of(JobState.AVAILABLE, JobState.PENDING, JobState.RUNNING, JobState.SCHEDULED));

  private static final Set<JobState> DEFAULT_STATES =
      Set.copyOf(EnumSet.complementOf(EnumSet.of(JobState.CANCELLED, JobState.DISCARDED)));

  private static final Set<JobState> UNFINISHED =
      Set.copyOf(
          EnumSet.of(
              JobState.AVAILABLE,
              JobState.PENDING,
              JobState.RETRYABLE,
              JobState.RUNNING,
              JobState.SCHEDULED));

  private static final Option<Boolean> BY_ARGS = Option.of("byArgs", false);
  private static final Option<@Nullable Duration> PERIOD = Option.of("period");
  private static final Option<Boolean> BY_QUEUE = Option.of("byQueue", false);
  private static final Option<Boolean> EXCLUDES_KIND = Option.of("excludesKind", false);
  private static final Option<Set<JobState>> STATES = Option.of("states", DEFAULT_STATES);

  private static final UniqueOptions BY_KIND = new UniqueOptions(Options.none());
  private static final UniqueOptions NONE = BY_KIND.with(STATES, Set.of());

  private final Options options;

  private UniqueOptions(Options options) {
    this.options = options;
  }

  /**
   * Not unique: the job is inserted even if there is an equal one. Overrides the {@link
   * InsertDefaults} of the arguments.
   */
  public static UniqueOptions none() {
    return NONE;
  }

  /** One job of its kind, unless an earlier one was cancelled or discarded. */
  public static UniqueOptions byKind() {
    return BY_KIND;
  }

  private <T extends @Nullable Object> UniqueOptions with(Option<T> option, T value) {
    return new UniqueOptions(options.with(option, value));
  }

  /**
   * Whether the arguments must be equal: those whose fields have {@link Unique}, or all if none
   * has.
   */
  public boolean byArgs() {
    return options.get(BY_ARGS);
  }

  /** Only jobs with equal arguments count. */
  public UniqueOptions withArgs() {
    return with(BY_ARGS, true);
  }

  /**
   * The length of the period, such as an hour, within which jobs must be due to count; null for
   * jobs of any time. The due time is {@link InsertOptions#scheduledAt}, or follows from {@link
   * InsertOptions#delay}, or is the time of insertion by this client's clock if neither is set.
   * Periods begin at multiples of their length since the year 1, in UTC.
   */
  public @Nullable Duration period() {
    return options.get(PERIOD);
  }

  /**
   * Only jobs due in the same period count.
   *
   * @throws IllegalArgumentException if it is shorter than one second
   */
  public UniqueOptions withPeriod(Duration length) {
    if (length.compareTo(Duration.ofSeconds(1)) < 0) {
      throw new IllegalArgumentException("a unique period must be at least 1 s, not " + length);
    }
    return with(PERIOD, length);
  }

  /** Whether the queue must be equal. */
  public boolean byQueue() {
    return options.get(BY_QUEUE);
  }

  /** Only jobs of the same queue count. */
  public UniqueOptions withQueue() {
    return with(BY_QUEUE, true);
  }

  /** Whether jobs of other kinds count too. */
  public boolean excludesKind() {
    return options.get(EXCLUDES_KIND);
  }

  /** Jobs of other kinds count too. */
  public UniqueOptions withoutKind() {
    return with(EXCLUDES_KIND, true);
  }

  /**
   * In which of its states the job prevents later ones with its key; if empty, it is not unique.
   */
  public Set<JobState> states() {
    return options.get(STATES);
  }

  /**
   * In which of its states the new job prevents the insertion of later ones with its key; earlier
   * jobs count by the states with which they were inserted themselves.
   *
   * @throws IllegalArgumentException unless available, pending, running and scheduled are among
   *     them
   */
  public UniqueOptions withStates(Set<JobState> counting) {
    Objects.requireNonNull(counting, "counting");
    counting.forEach(state -> Objects.requireNonNull(state, "a unique state"));
    if (!counting.containsAll(REQUIRED)) {
      throw new IllegalArgumentException(
          "unique states must contain %s, but are %s"
              .formatted(EnumSet.copyOf(REQUIRED), counting));
    }
    return with(STATES, Set.copyOf(counting));
  }

  /**
   * The job prevents later insertions only until it has finished, however it ends: the next one can
   * be inserted as soon as it is completed, cancelled or discarded. Short for {@link #withStates}
   * with the other states.
   */
  public UniqueOptions untilFinished() {
    return with(STATES, UNFINISHED);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof UniqueOptions that && options.equals(that.options);
  }

  @Override
  public int hashCode() {
    return options.hashCode();
  }

  @Override
  public String toString() {
    return options.describe("UniqueOptions");
  }
}
