package dev.cairn.spi;

import dev.cairn.InterruptionReason;
import dev.cairn.JobCancelException;
import dev.cairn.JobSnoozeException;
import dev.cairn.WorkContext;
import dev.cairn.internal.foreign.ForeignFailure;
import org.jspecify.annotations.Nullable;

/**
 * How an attempt ends, as middleware sees it. The retry policy and the error handler decide later
 * what happens to the job. May get further constants.
 */
public enum AttemptEnd {
  /** The worker has returned. */
  COMPLETED,
  /** An exception, a timeout or a missed progress deadline. */
  FAILED,

  /** The worker has asked for a snooze. */
  SNOOZED,

  /** The worker has cancelled the job, or an operator has. */
  CANCELLED,
  /** The attempt was interrupted for another reason; no attempt is used up. */
  INTERRUPTED,
  /** The job waits for a time, a signal or another job. */
  SUSPENDED;

  /**
   * The end of an attempt whose worker returned or threw.
   *
   * @param failure what {@code next.proceed()} threw; null if it returned
   */
  public static AttemptEnd of(WorkContext context, @Nullable Throwable failure) {
    if (failure == null) {
      return COMPLETED;
    }
    var thrown = new ForeignFailure(failure);
    InterruptionReason reason = context.interruption().orElse(null);
    if (reason == InterruptionReason.SUSPENDED) {
      return SUSPENDED;
    }
    if (reason == InterruptionReason.CANCELLED || thrown.find(JobCancelException.class) != null) {
      return CANCELLED;
    }
    if (thrown.find(JobSnoozeException.class) != null) {
      return SNOOZED;
    }
    boolean failed =
        reason == null
            || reason == InterruptionReason.TIMEOUT
            || reason == InterruptionReason.PROGRESS_DEADLINE;
    return failed ? FAILED : INTERRUPTED;
  }
}
