package dev.cairn.internal.work;

import dev.cairn.InterruptionReason;
import dev.cairn.ResumePolicy;
import dev.cairn.internal.concurrent.Nanos;
import dev.cairn.internal.text.DurationText;
import java.time.Duration;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The times after which an attempt has to stop, in {@link System#nanoTime()}. Changed under the
 * attempt's lock, read without it.
 */
final class AttemptLimits {
  /** Of attempts that use steps, where neither it nor a timeout was set. */
  private static final Duration PROGRESS_DEADLINE = Duration.ofMinutes(10);

  private final ResumePolicy policy;
  private final LongSupplier lastMoveNanos;

  private volatile AttemptTimeout timeout = AttemptTimeout.NONE;
  private volatile long timeoutNanos = Long.MAX_VALUE;
  private volatile MaxRuntime maxRuntime = MaxRuntime.NONE;
  private volatile boolean progressIsWatched;
  private volatile long watchedSinceNanos;
  private volatile long passedNanos = Long.MAX_VALUE;

  /** When an attempt has had its time, and what says so. */
  private record MaxRuntime(long nanos, String text) {
    static final MaxRuntime NONE = new MaxRuntime(Long.MAX_VALUE, "");
  }

  /**
   * Without limits yet.
   *
   * @param lastMoveNanos when the checkpoints have moved last
   */
  AttemptLimits(ResumePolicy policy, LongSupplier lastMoveNanos) {
    this.policy = policy;
    this.lastMoveNanos = lastMoveNanos;
  }

  void setTimeout(AttemptTimeout newTimeout, long fromNanos) {
    timeout = newTimeout;
    timeoutNanos =
        newTimeout.time().isPositive() ? fromNanos + Nanos.of(newTimeout.time()) : Long.MAX_VALUE;
  }

  /**
   * The longest time for which others wait.
   *
   * @param setting what says so
   */
  void setMaxRuntime(Duration time, String setting, long fromNanos) {
    maxRuntime =
        new MaxRuntime(
            fromNanos + Nanos.of(time), "%s (%s)".formatted(DurationText.of(time), setting));
  }

  /**
   * The attempt uses steps: their progress counts from now on, and a timeout only if it was set.
   */
  void watchProgress() {
    watchedSinceNanos = System.nanoTime();
    progressIsWatched = true;
    if (timeout.endsWithSteps()) {
      timeoutNanos = Long.MAX_VALUE;
    }
  }

  /** The limit that has passed; null if none has. Remembers when the attempt should have ended. */
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

  /** When it had to end, if a timeout or the progress deadline has passed; else far away. */
  long passedNanos() {
    return passedNanos;
  }

  /** The first limit that will pass. */
  long nextNanos() {
    return Math.min(lastNanos(), maxRuntime.nanos());
  }

  /** How long the attempt may go on at the most, whatever it was asked. */
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
    Duration set = policy.progressDeadline();
    return set == null && !timeout.isSet() ? PROGRESS_DEADLINE : set;
  }

  AttemptTimeout timeout() {
    return timeout;
  }

  /** The longest time for which others wait, with its setting. */
  String maxRuntimeText() {
    return maxRuntime.text();
  }

  /** The progress deadline with its setting. */
  String progressDeadlineText() {
    Duration deadline = progressDeadline();
    return deadline == null
        ? "too long"
        : "%s (ResumePolicy.progressDeadline)".formatted(DurationText.of(deadline));
  }
}
