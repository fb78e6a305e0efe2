package dev.cairn.testing;

import dev.cairn.InterruptionReason;
import dev.cairn.Job;
import dev.cairn.JobCancelException;
import dev.cairn.JobInterruption;
import dev.cairn.JobSnoozeException;
import dev.cairn.UncountedFailureException;
import dev.cairn.Worker;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Decides what the end of an attempt means, as a client does. */
record Judgement<A>(Worker<A> worker, Job<A> job) {
  private static final int CAUSES_MAX = 100;

  AttemptOutcome on(AttemptContext context, @Nullable Throwable thrown) {
    Optional<InterruptionReason> raised = context.raised();
    if (raised.isPresent() || find(thrown, JobInterruption.class) != null) {
      return onInterruption(context, raised.orElse(InterruptionReason.SHUTDOWN), thrown);
    }
    return thrown == null ? new AttemptOutcome.Completed() : onFailure(thrown);
  }

  private AttemptOutcome onInterruption(
      AttemptContext context, InterruptionReason reason, @Nullable Throwable thrown) {
    return switch (reason) {
      case SHUTDOWN, REQUESTED, PAUSED, MAX_RUNTIME, LEASE_LOST, DATABASE_LOST ->
          new AttemptOutcome.Interrupted(reason);
      case CANCELLED -> new AttemptOutcome.Cancelled("job cancelled remotely");
      case SUSPENDED -> new AttemptOutcome.Suspended(context.memoryWaits().suspendedFor());
      case TIMEOUT, PROGRESS_DEADLINE ->
          failed(thrown == null ? new JobInterruption(reason, "timeout swallowed") : thrown);
    };
  }

  private AttemptOutcome onFailure(Throwable thrown) {
    JobSnoozeException snooze = find(thrown, JobSnoozeException.class);
    if (snooze != null) {
      return new AttemptOutcome.Snoozed(snooze.delay());
    }
    JobCancelException cancel = find(thrown, JobCancelException.class);
    if (cancel != null) {
      return new AttemptOutcome.Cancelled(String.valueOf(cancel.getMessage()));
    }
    return failed(thrown);
  }

  private AttemptOutcome failed(Throwable thrown) {
    boolean counted = find(thrown, UncountedFailureException.class) == null;
    boolean last = counted && job.attempt() >= job.maxAttempts();
    return new AttemptOutcome.Failed(
        thrown, last, last ? Optional.empty() : worker.nextRetry(job, thrown));
  }

  static <T extends Throwable> @Nullable T find(@Nullable Throwable thrown, Class<T> type) {
    int depth = 0;
    for (Throwable cause = thrown; cause != null && depth < CAUSES_MAX; cause = cause.getCause()) {
      if (type.isInstance(cause)) {
        return type.cast(cause);
      }
      depth++;
    }
    return null;
  }
}
