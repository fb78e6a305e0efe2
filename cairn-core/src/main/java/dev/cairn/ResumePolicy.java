package dev.cairn;

import dev.cairn.event.EventKind;
import dev.cairn.internal.options.Durations;
import dev.cairn.internal.options.Option;
import dev.cairn.internal.options.Options;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;

/**
 * How long a job may run, and how often it may be stopped before it is discarded. Start with {@link
 * #defaults()}. Immutable.
 */
public final class ResumePolicy {
  private static final Option<@Nullable Duration> MAX_RUNTIME = Option.of("maxRuntime");
  private static final Option<@Nullable Duration> PROGRESS_DEADLINE = Option.of("progressDeadline");
  private static final Option<Boolean> PROGRESS_RENEWS_ATTEMPTS =
      Option.of("progressRenewsAttempts", false);
  private static final Option<Integer> INTERRUPTIONS_MAX = Option.of("interruptionsMax", 1_000);
  private static final Option<@Nullable Integer> TOTAL_FAILURES_MAX = Option.of("totalFailuresMax");
  private static final Option<Integer> NO_PROGRESS_AFTER = Option.of("noProgressAfter", 3);
  private static final Option<Boolean> JOB_ROW_FOR_GO = Option.of("jobRowForGo", false);

  private static final ResumePolicy DEFAULTS = new ResumePolicy(Options.none());

  private final Options options;

  private ResumePolicy(Options options) {
    this.options = options;
  }

  /**
   * The default policy: no maximum runtime; a progress deadline of ten minutes, or none if a
   * timeout is set on the client or the worker; progress does not renew attempts; 1,000
   * interruptions and 1,000 failed attempts; {@link EventKind#NO_PROGRESS} after 3 attempts;
   * checkpoints only in Cairn's own table.
   */
  public static ResumePolicy defaults() {
    return DEFAULTS;
  }

  private <T extends @Nullable Object> ResumePolicy with(Option<T> option, T value) {
    return new ResumePolicy(options.with(option, value));
  }

  private ResumePolicy withPositive(Option<Integer> option, int value) {
    if (value < 1) {
      throw new IllegalArgumentException(option + " must be positive, not " + value);
    }
    return with(option, value);
  }

  /**
   * How long an attempt may run. After that, it stops at its next checkpoint, and its job goes to
   * the end of the queue; null for no limit.
   */
  public @Nullable Duration maxRuntime() {
    return options.get(MAX_RUNTIME);
  }

  /**
   * How long an attempt may run. After that, it stops at its next checkpoint, and its job goes to
   * the end of the queue, so that long jobs do not starve others. Not limited unless set.
   *
   * @throws IllegalArgumentException if it is not positive
   */
  public ResumePolicy withMaxRuntime(Duration time) {
    return with(MAX_RUNTIME, Durations.positive("maxRuntime", time));
  }

  /**
   * How long an attempt with steps may go without moving a checkpoint before it is stopped and
   * counts as failed; null for ten minutes, or for no limit if a timeout is set. Attempts without
   * steps are limited by their timeout instead.
   */
  public @Nullable Duration progressDeadline() {
    return options.get(PROGRESS_DEADLINE);
  }

  /**
   * How long an attempt with steps may go without moving a checkpoint before it is stopped and
   * counts as failed. Ten minutes unless set, or no limit if a timeout is set.
   *
   * @throws IllegalArgumentException if it is not positive
   */
  public ResumePolicy withProgressDeadline(Duration time) {
    return with(PROGRESS_DEADLINE, Durations.positive("progressDeadline", time));
  }

  /** Lets steps work for any time between two checkpoints. */
  public ResumePolicy withoutProgressDeadline() {
    return withProgressDeadline(ChronoUnit.FOREVER.getDuration());
  }

  /**
   * Whether a failed attempt resets the count of attempts if it finished a step or moved an ordered
   * cursor forward.
   */
  public boolean progressRenewsAttempts() {
    return options.get(PROGRESS_RENEWS_ATTEMPTS);
  }

  /**
   * Resets the count of attempts when an attempt fails that has finished a step or moved an ordered
   * cursor forward.
   */
  public ResumePolicy renewedByProgress() {
    return with(PROGRESS_RENEWS_ATTEMPTS, true);
  }

  /** After how many interruptions the job is discarded. */
  public int interruptionsMax() {
    return options.get(INTERRUPTIONS_MAX);
  }

  /**
   * After how many interruptions the job is discarded.
   *
   * @throws IllegalArgumentException if it is not positive
   */
  public ResumePolicy withInterruptionsMax(int count) {
    return withPositive(INTERRUPTIONS_MAX, count);
  }

  /**
   * After how many failed attempts in its whole life the job is discarded, even if progress has
   * renewed them; null for the default: after 1,000, or after as many as it may have (its {@code
   * maxAttempts}) if that is more.
   */
  public @Nullable Integer totalFailuresMax() {
    return options.get(TOTAL_FAILURES_MAX);
  }

  /**
   * After how many failed attempts in its whole life the job is discarded, even if progress has
   * renewed them; unless set, after 1,000, or after as many as it may have (its {@code
   * maxAttempts}) if that is more.
   *
   * @throws IllegalArgumentException if it is not positive
   */
  public ResumePolicy withTotalFailuresMax(int count) {
    if (count < 1) {
      throw new IllegalArgumentException(TOTAL_FAILURES_MAX + " must be positive, not " + count);
    }
    return with(TOTAL_FAILURES_MAX, count);
  }

  /**
   * After how many consecutive attempts without progress {@link EventKind#NO_PROGRESS} is
   * published.
   */
  public int noProgressAfter() {
    return options.get(NO_PROGRESS_AFTER);
  }

  /**
   * After how many consecutive attempts without progress {@link EventKind#NO_PROGRESS} is
   * published.
   *
   * @throws IllegalArgumentException if it is not positive
   */
  public ResumePolicy withNoProgressAfter(int attempts) {
    return withPositive(NO_PROGRESS_AFTER, attempts);
  }

  /**
   * Whether a checkpoint in a transaction is also written to the job's row, as in River. If a
   * client of River for Go takes over a job that has been running for a long time, it then
   * continues from that checkpoint.
   */
  public boolean jobRowForGo() {
    return options.get(JOB_ROW_FOR_GO);
  }

  /**
   * Writes checkpoints in transactions to the job's row too. For kinds that workers in Go work as
   * well: such a worker can then continue from these checkpoints at any time, not only from the end
   * of an attempt. Each checkpoint rewrites the job's row, and transactions of parallel steps wait
   * for each other.
   */
  public ResumePolicy withJobRowForGo() {
    return with(JOB_ROW_FOR_GO, true);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof ResumePolicy that && options.equals(that.options);
  }

  @Override
  public int hashCode() {
    return options.hashCode();
  }

  @Override
  public String toString() {
    return options.describe("ResumePolicy");
  }
}
