package dev.cairn.internal.work;

import dev.cairn.InterruptionReason;
import dev.cairn.ResumePolicy;
import dev.cairn.internal.concurrent.Nanos;
import dev.cairn.internal.text.DurationText;
import java.time.Duration;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The times at which an attempt has to stop, in {@link System#nanoTime()}. Written under the
 * attempt's lock, read without it.
 */
final class AttemptLimits {
  /** For attempts that use steps, if neither a progress deadline nor a timeout was set. */
  private static final Duration PROGRESS_DEADLINE = Duration.ofMinutes(10);

  private final Supplier<ResumePolicy> policy;
  private final LongSupplier lastMoveNanos;

  private volatile AttemptTimeout timeout = AttemptTimeout.NONE;
  private volatile long timeoutNanos = Long.MAX_VALUE;
  private volatile MaxRuntime maxRuntime = MaxRuntime.NONE;
  private volatile boolean progressIsWatched;
  private volatile long watchedSinceNanos;
  private volatile long passedNanos = Long.MAX_VALUE;

  /** The maximum run time of the queue or the worker, with the name of its setting. */
  private record MaxRuntime(long nanos, String text) {
    static final MaxRuntime NONE = new MaxRuntime(Long.MAX_VALUE, "");
  }

  /**
   * Creates limits that are not set.
   *
   * @param policy returns the policy of the attempt
   * @param lastMoveNanos returns the time of the last checkpoint
   */
  AttemptLimits(Supplier<ResumePolicy> policy, LongSupplier lastMoveNanos) {
    this.policy = policy;
    this.lastMoveNanos = lastMoveNanos;
  }

  void setTimeout(AttemptTimeout newTimeout, long fromNanos) {
    timeout = newTimeout;
    timeoutNanos =
        newTimeout.time().isPositive() ? fromNanos + Nanos.of(newTimeout.time()) : Long.MAX_VALUE;
  }

  /**
   * Sets the maximum run time, after which other jobs get the slot.
   *
   * @param setting the name of the setting, for messages
   */
  void setMaxRuntime(Duration time, String setting, long fromNanos) {
    maxRuntime =
        new MaxRuntime(
            fromNanos + Nanos.of(time), "%s (%s)".formatted(DurationText.of(time), setting));
  }

  /**
   * Starts to watch the progress of steps. From now on, a timeout applies only if it was set
   * explicitly.
   */
  void watchProgress() {
    watchedSinceNanos = System.nanoTime();
    progressIsWatched = true;
    if (timeout.endsWithSteps()) {
      timeoutNanos = Long.MAX_VALUE;
    }
  }

  /**
   * The limit that has passed, or null. If it is the timeout or the progress deadline, remembers
   * when the attempt should have ended.
   */
  @Nullable InterruptionReason passed(long now) {
    if (now >= timeoutNanos) {
      passedNanos = timeoutNanos;
      return InterruptionReason.TIMEOUT;
    }
    long progressDeadline = progressDeadlineNanos();
    if (now >= progressDeadline) {
      passedNanos = progressDeadline;
      return InterruptionReason.PROGRESS_DEADLINE;
    }
    return now >= maxRuntime.nanos() ? InterruptionReason.MAX_RUNTIME : null;
  }

  /** Forgets a progress deadline that had passed, because new progress has moved it. */
  void forgetPassed() {
    passedNanos = Long.MAX_VALUE;
  }

  /**
   * When the attempt had to end, if its timeout or progress deadline has passed; otherwise far in
   * the future.
   */
  long passedNanos() {
    return passedNanos;
  }

  /** The earliest limit. */
  long nextNanos() {
    return Math.min(lastNanos(), maxRuntime.nanos());
  }

  /**
   * When the attempt has to end, even if it was asked to stop for another reason: its timeout or
   * its progress deadline.
   */
  long lastNanos() {
    return Math.min(timeoutNanos, progressDeadlineNanos());
  }

  private long progressDeadlineNanos() {
    Duration deadline = progressDeadline();
    return deadline == null || !progressIsWatched
        ? Long.MAX_VALUE
        : Math.max(lastMoveNanos.getAsLong(), watchedSinceNanos) + Nanos.of(deadline);
  }

  private @Nullable Duration progressDeadline() {
    Duration set = policy.get().progressDeadline();
    return set == null && !timeout.isSet() ? PROGRESS_DEADLINE : set;
  }

  AttemptTimeout timeout() {
    return timeout;
  }

  /** The maximum run time, with its setting. */
  String maxRuntimeText() {
    return maxRuntime.text();
  }

  /** The progress deadline, with its setting. */
  String progressDeadlineText() {
    Duration deadline = progressDeadline();
    return deadline == null
        ? "too long"
        : "%s (ResumePolicy.progressDeadline)".formatted(DurationText.of(deadline));
  }
}
