package dev.cairn;

import java.time.Duration;
import java.util.EnumSet;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * When a job counts as the duplicate of another and is not inserted, by River's rules and with
 * River's keys: programs in all languages see each other's jobs. Begin with {@link #byKind()} and
 * narrow it. Immutable.
 *
 * @param byArgs whether the arguments must be equal: those whose fields have {@link Unique}, or all
 *     if none has
 * @param period if not null, only jobs due in the same period count, such as the same hour: by
 *     {@link InsertOptions#scheduledAt}, or the time of insertion if none is set. Periods begin at
 *     multiples of their length since the year 1, in UTC. At least 1 s
 * @param byQueue whether the queue must be equal
 * @param excludesKind whether jobs of other kinds count too
 * @param states in which states an earlier job counts; if there are none, nothing is a duplicate
 */
public record UniqueOptions(
    boolean byArgs,
    @Nullable Duration period,
    boolean byQueue,
    boolean excludesKind,
    Set<JobState> states) {
  /** Without these, a job could be inserted twice before either has run. As River requires. */
  private static final Set<JobState> REQUIRED =
      Set.copyOf(
          EnumSet.of(JobState.AVAILABLE, JobState.PENDING, JobState.RUNNING, JobState.SCHEDULED));

  private static final Set<JobState> DEFAULT_STATES =
      Set.copyOf(EnumSet.complementOf(EnumSet.of(JobState.CANCELLED, JobState.DISCARDED)));

  private static final UniqueOptions NONE = new UniqueOptions(false, null, false, false, Set.of());

  public UniqueOptions {
    Objects.requireNonNull(states, "states");
    states.forEach(state -> Objects.requireNonNull(state, "a unique state"));
    states = Set.copyOf(states);
    if (!states.isEmpty()) {
      requireEnough(states);
    }
    if (period != null && period.compareTo(Duration.ofSeconds(1)) < 0) {
      throw new IllegalArgumentException("a unique period must be at least 1 s, not " + period);
    }
  }

  private static void requireEnough(Set<JobState> states) {
    if (!states.containsAll(REQUIRED)) {
      throw new IllegalArgumentException(
          "unique states must contain %s, but are %s".formatted(EnumSet.copyOf(REQUIRED), states));
    }
  }

  /**
   * Never a duplicate: no state of an earlier job counts. Overrides what the {@link InsertDefaults}
   * of the arguments say.
   */
  public static UniqueOptions none() {
    return NONE;
  }

  /** One job of its kind, unless an earlier one was cancelled or discarded. */
  public static UniqueOptions byKind() {
    return new UniqueOptions(false, null, false, false, DEFAULT_STATES);
  }

  /** Only jobs with equal arguments count. */
  public UniqueOptions withArgs() {
    return new UniqueOptions(true, period, byQueue, excludesKind, states);
  }

  /** Only jobs due in the same period count. */
  public UniqueOptions withPeriod(Duration length) {
    return new UniqueOptions(byArgs, length, byQueue, excludesKind, states);
  }

  /** Only jobs of the same queue count. */
  public UniqueOptions withQueue() {
    return new UniqueOptions(byArgs, period, true, excludesKind, states);
  }

  /** Jobs of other kinds count too. */
  public UniqueOptions withoutKind() {
    return new UniqueOptions(byArgs, period, byQueue, true, states);
  }

  /**
   * Only earlier jobs in these states count.
   *
   * @throws IllegalArgumentException unless available, pending, running and scheduled are among
   *     them
   */
  public UniqueOptions withStates(Set<JobState> counting) {
    requireEnough(Objects.requireNonNull(counting, "counting"));
    return new UniqueOptions(byArgs, period, byQueue, excludesKind, counting);
  }
}
