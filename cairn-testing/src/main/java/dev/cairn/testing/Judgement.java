package dev.cairn.testing;

import dev.cairn.InterruptionReason;
import dev.cairn.Job;
import dev.cairn.JobCancelException;
import dev.cairn.JobDiscardException;
import dev.cairn.JobInterruption;
import dev.cairn.JobSnoozeException;
import dev.cairn.StoreUnavailableException;
import dev.cairn.TimeLimitException;
import dev.cairn.UncountedFailureException;
import dev.cairn.Worker;
import dev.cairn.internal.foreign.ForeignFailure;
import dev.cairn.internal.json.MetadataKeys;
import dev.cairn.spi.AttemptEnd;
import dev.cairn.spi.ForeseenEnd;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Decides what the end of an attempt means, as a client does. */
record Judgement<A>(Worker<A> worker, Job<A> job) {
  /** How many outages in a row use up no attempt, as with a client. */
  private static final int OUTAGES_MAX = 5;

  private static final Set<String> SHUT_DOWN = Set.of("57P01", "57P02", "57P03", "57P05");

  AttemptOutcome on(AttemptContext context, @Nullable Throwable thrown) {
    if (context.transactions().haveCompleted()) {
      return new AttemptOutcome.Completed();
    }
    Optional<InterruptionReason> reason = context.interruption();
    boolean isInterrupted =
        context.raised().isPresent() || find(thrown, JobInterruption.class) != null;
    if (isInterrupted && reason.isPresent()) {
      return onInterruption(context, reason.get(), thrown);
    }
    if (thrown != null) {
      return onFailure(context, thrown);
    }
    return context.transactions().wereToComplete()
        ? failed(uncommitted(context))
        : new AttemptOutcome.Completed();
  }

  /** The same for middleware, without asking the worker for the time of a retry. */
  static ForeseenEnd foresee(AttemptContext context, @Nullable Throwable thrown) {
    return switch (undecided(context, context.job(), thrown)) {
      case AttemptOutcome.Completed completed -> new ForeseenEnd(AttemptEnd.COMPLETED, null);
      case AttemptOutcome.Failed failed ->
          new ForeseenEnd(AttemptEnd.FAILED, context.raised().orElse(null));
      case AttemptOutcome.Cancelled cancelled ->
          new ForeseenEnd(AttemptEnd.CANCELLED, context.raised().orElse(null));
      case AttemptOutcome.Snoozed snoozed -> new ForeseenEnd(AttemptEnd.SNOOZED, null);
      case AttemptOutcome.Suspended suspended ->
          new ForeseenEnd(AttemptEnd.SUSPENDED, InterruptionReason.SUSPENDED);
      case AttemptOutcome.Interrupted interrupted ->
          new ForeseenEnd(AttemptEnd.INTERRUPTED, interrupted.reason());
    };
  }

  private static <A> AttemptOutcome undecided(
      AttemptContext context, Job<A> job, @Nullable Throwable thrown) {
    return new Judgement<A>((each, attempt) -> {}, job).on(context, thrown);
  }

  private static IllegalStateException uncommitted(AttemptContext context) {
    return new IllegalStateException(
        ("%s: its worker returned without committing the transaction in which it called "
                + "completeTx, so the job is retried. Commit the transaction, or do not call "
                + "completeTx [CAIRN-520]")
            .formatted(context.describe()));
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

  private AttemptOutcome onFailure(AttemptContext context, Throwable thrown) {
    JobSnoozeException snooze = find(thrown, JobSnoozeException.class);
    if (snooze != null) {
      return new AttemptOutcome.Snoozed(snooze.delay());
    }
    JobCancelException cancel = find(thrown, JobCancelException.class);
    if (cancel != null) {
      return new AttemptOutcome.Cancelled(String.valueOf(cancel.getMessage()));
    }
    int outages = context.memory().hasMoved() ? 0 : Counts.of(job.metadata(), MetadataKeys.OUTAGES);
    return outages < OUTAGES_MAX && isOutage(thrown)
        ? new AttemptOutcome.Interrupted(InterruptionReason.DATABASE_LOST)
        : failed(thrown);
  }

  /** Whether the database was away, unless the code has decided otherwise or ran out of time. */
  private static boolean isOutage(Throwable thrown) {
    return find(thrown, JobDiscardException.class) == null
        && find(thrown, TimeLimitException.class) == null
        && new ForeignFailure(thrown)
            .chain().stream()
                .anyMatch(each ->
                    each instanceof StoreUnavailableException
                        || (each instanceof SQLException e && isOutage(e.getSQLState())));
  }

  private static boolean isOutage(@Nullable String state) {
    return state != null && (state.startsWith("08") || SHUT_DOWN.contains(state));
  }

  private AttemptOutcome failed(Throwable thrown) {
    boolean counted = find(thrown, UncountedFailureException.class) == null;
    boolean last =
        find(thrown, JobDiscardException.class) != null
            || (counted && job.attempt() >= job.maxAttempts());
    return new AttemptOutcome.Failed(thrown, last, last ? Optional.empty() : nextRetry(thrown));
  }

  /** A retry time in the past is ignored, and so is a failure to choose one. */
  private Optional<Instant> nextRetry(Throwable thrown) {
    try {
      return worker.nextRetry(job, thrown).filter(time -> time.isAfter(Instant.now()));
    } catch (Throwable e) {
      thrown.addSuppressed(e);
      return Optional.empty();
    }
  }

  /** The first exception of a type in a failure and its causes; null if there is none. */
  static <T extends Throwable> @Nullable T find(@Nullable Throwable thrown, Class<T> type) {
    return thrown == null ? null : new ForeignFailure(thrown).find(type);
  }
}
