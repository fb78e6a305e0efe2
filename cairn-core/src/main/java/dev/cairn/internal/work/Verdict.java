package dev.cairn.internal.work;

import dev.cairn.AttemptError;
import dev.cairn.InterruptionReason;
import dev.cairn.Job;
import dev.cairn.JobCancelException;
import dev.cairn.JobDiscardException;
import dev.cairn.JobInterruption;
import dev.cairn.JobSnoozeException;
import dev.cairn.RetryPolicy;
import dev.cairn.TimeLimitException;
import dev.cairn.UncountedFailureException;
import dev.cairn.internal.foreign.ForeignFailure;
import dev.cairn.internal.json.MetadataKeys;
import dev.cairn.internal.json.StorableJson;
import dev.cairn.internal.store.Outcome;
import dev.cairn.spi.ErrorHandler;
import dev.cairn.spi.ErrorHandler.Decision;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Decides the outcome of an attempt, by River's rules. Thread-safe. */
final class Verdict {
  private static final int ERROR_CHARACTERS_MAX = 32 * 1024;
  private static final int TRACE_CHARACTERS_MAX = 64 * 1024;

  /**
   * This many outages in a row use up no attempt. Later ones do, so a job that causes the outages
   * itself is finally discarded.
   */
  private static final int OUTAGES_MAX = 5;

  /** So many failed attempts a job may have in its life, unless it was inserted with more. */
  private static final int ATTEMPTS_IN_LIFE = 1_000;

  /** The delay after the second outage in a row. It doubles each time. */
  private static final Duration OUTAGE_DELAY = Duration.ofSeconds(1);

  /** The text that River uses. */
  private static final String CANCELLED_REMOTELY = "JobCancelError: job cancelled remotely";

  private final RetryPolicy policy;
  private final Clock clock;
  private final ErrorHandler errorHandler;

  Verdict(RetryPolicy policy, Clock clock, ErrorHandler errorHandler) {
    this.policy = policy;
    this.clock = clock;
    this.errorHandler = errorHandler;
  }

  /** The time of the retry, if the worker chooses one. */
  @FunctionalInterface
  interface RetryTime {
    Optional<Instant> after(Throwable failure);
  }

  /**
   * The outcome of an attempt whose worker has returned, or has thrown {@code failure}. Empty if
   * the job no longer belongs to this attempt.
   */
  Optional<Outcome> on(Attempt attempt, @Nullable Throwable failure, RetryTime workersChoice) {
    if (attempt.stopRequest().isJobLost()) {
      return Optional.empty();
    }
    Optional<InterruptionReason> stopped = stoppedFor(attempt, failure);
    if (stopped.isPresent()) {
      return Optional.of(onInterruption(attempt, stopped.get(), failure, workersChoice));
    }
    if (failure == null) {
      return Optional.of(new Outcome.Completed());
    }
    return Optional.of(onFailure(attempt, failure, workersChoice));
  }

  /**
   * Why the attempt has stopped; empty if it ended by itself, even if it had been asked to stop. A
   * limit of time that passed when the lease was lost is not a failure of the worker.
   */
  static Optional<InterruptionReason> stoppedFor(Attempt attempt, @Nullable Throwable failure) {
    JobInterruption interruption = find(failure, JobInterruption.class);
    boolean interrupted =
        interruption != null
            || attempt.stopRequest().isRaised()
            || (failure != null && attempt.gate().hasDelivered())
            || (attempt.stopRequest().isLeaseLost()
                && find(failure, TimeLimitException.class) != null);
    return interrupted
        ? attempt.interruption().map(reason -> obeyed(interruption, reason))
        : Optional.empty();
  }

  /**
   * The reason to which the worker has reacted. A limit that passed while the worker was stopping
   * for another reason is not a failure.
   */
  private static InterruptionReason obeyed(
      @Nullable JobInterruption interruption, InterruptionReason reason) {
    return interruption != null
            && (reason == InterruptionReason.TIMEOUT
                || reason == InterruptionReason.PROGRESS_DEADLINE)
        ? interruption.reason()
        : reason;
  }

  /**
   * The outcome of an attempt whose worker has returned, if the transaction that completed the job
   * was not committed. Runs on any thread and calls no user code.
   */
  static Outcome onUncommitted(Attempt attempt) {
    return failed(
        attempt,
        "its worker returned without committing the transaction in which it called completeTx, so"
            + " the job is retried. Commit the transaction, or do not call completeTx");
  }

  /**
   * The outcome of an attempt whose worker has called {@code System.exit}. Runs on any thread and
   * calls no user code.
   */
  static Outcome onExit(Attempt attempt) {
    return failed(
        attempt,
        "its worker called System.exit, which ends the whole process and the attempts of all other"
            + " jobs in it. Throw an exception instead: it fails this job alone");
  }

  private static Outcome failed(Attempt attempt, String why) {
    Job<?> job = attempt.job();
    AttemptError error = error(job, "%s: %s".formatted(attempt.describe(), why), "");
    return job.attempt() >= job.maxAttempts()
        ? new Outcome.Discarded(error)
        : new Outcome.Retried(error, RetryPolicy.river().delay(job, job.failures() + 1), 0);
  }

  private Outcome onInterruption(
      Attempt attempt,
      InterruptionReason reason,
      @Nullable Throwable failure,
      RetryTime workersChoice) {
    Job<?> job = attempt.job();
    return switch (reason) {
      case SHUTDOWN, REQUESTED, PAUSED, LEASE_LOST, DATABASE_LOST ->
          onRequest(attempt, reason, Duration.ZERO);
      case MAX_RUNTIME -> new Outcome.Interrupted(reason);
      case SUSPENDED -> attempt.waits().suspension();
      case CANCELLED -> new Outcome.Cancelled(error(job, CANCELLED_REMOTELY, ""));
      case TIMEOUT -> {
        var timeout =
            new JobTimeoutException(
                "%s ran into its %s [CAIRN-501]"
                    .formatted(attempt.describe(), attempt.stopRequest().limits().timeout()),
                failure);
        yield onFailure(attempt, timeout, workersChoice);
      }
      case PROGRESS_DEADLINE -> {
        var standstill =
            new JobTimeoutException(
                "%s has not moved its checkpoints for %s [CAIRN-502]"
                    .formatted(
                        attempt.describe(), attempt.stopRequest().limits().progressDeadlineText()),
                failure);
        yield onFailure(attempt, standstill, workersChoice);
      }
    };
  }

  private static Outcome onRequest(Attempt attempt, InterruptionReason reason, Duration delay) {
    int interruptions = attempt.metadata().counted(MetadataKeys.INTERRUPTIONS) + 1;
    if (interruptions < attempt.policy().interruptionsMax()) {
      return new Outcome.Interrupted(reason, delay);
    }
    return new Outcome.Discarded(
        error(
            attempt.job(),
            "The job was interrupted %d times, as often as its ResumePolicy allows"
                .formatted(interruptions),
            ""));
  }

  private Outcome onFailure(Attempt attempt, Throwable failure, RetryTime workersChoice) {
    Job<?> job = attempt.job();
    JobSnoozeException snooze = find(failure, JobSnoozeException.class);
    if (snooze != null) {
      return new Outcome.Snoozed(snooze.delay());
    }
    JobCancelException cancel = find(failure, JobCancelException.class);
    if (cancel != null) {
      return new Outcome.Cancelled(error(job, "JobCancelError: " + message(cancel), ""));
    }
    int outages = Counters.outages(attempt);
    if (outages < OUTAGES_MAX && isOutage(attempt, failure)) {
      Duration delay =
          outages == 0 ? Duration.ZERO : OUTAGE_DELAY.multipliedBy(1L << (outages - 1));
      return onRequest(attempt, InterruptionReason.DATABASE_LOST, delay);
    }
    Decision decision = decision(job, failure);
    AttemptError error = error(job, message(failure), trace(failure));
    if (decision instanceof ErrorHandler.Cancel) {
      return new Outcome.Cancelled(error);
    }
    if (decision instanceof ErrorHandler.Discard
        || find(failure, JobDiscardException.class) != null) {
      return new Outcome.Discarded(error);
    }
    boolean counted = find(failure, UncountedFailureException.class) == null;
    int attemptsBack = counted ? attempt.renewal() : 1;
    if (counted && job.attempt() - attemptsBack >= job.maxAttempts()) {
      return new Outcome.Discarded(error);
    }
    if (counted && attempt.failuresInLife() >= totalFailuresMax(attempt)) {
      return new Outcome.Discarded(error);
    }
    RetryTime choice =
        decision instanceof ErrorHandler.RetryAt(Instant time)
            ? cause -> Optional.of(time)
            : workersChoice;
    int failures = attemptsBack > 0 && counted ? 1 : job.failures() + 1;
    return new Outcome.Retried(error, delay(job, failures, failure, choice), attemptsBack, counted);
  }

  /**
   * The maximum number of failed attempts in the whole life of the job. Unless the policy sets it,
   * it takes away no attempt with which the job was inserted.
   */
  private static int totalFailuresMax(Attempt attempt) {
    Integer most = attempt.policy().totalFailuresMax();
    return most == null ? Math.max(ATTEMPTS_IN_LIFE, attempt.job().maxAttempts()) : most;
  }

  /**
   * Whether an outage caused the failure. An exception by which the code decides the outcome
   * itself, or that reports an exceeded time limit, is not an outage.
   */
  private static boolean isOutage(Attempt attempt, Throwable failure) {
    return find(failure, JobDiscardException.class) == null
        && find(failure, JobTimeoutException.class) == null
        && find(failure, TimeLimitException.class) == null
        && attempt.isOutage(failure);
  }

  private Decision decision(Job<?> job, Throwable failure) {
    try {
      return errorHandler.onFailure(job, failure);
    } catch (Throwable e) {
      suppress(failure, e);
      return Decision.proceed();
    }
  }

  /**
   * The worker's choice if it is in the future, or else the delay of the client's policy, or else
   * River's.
   */
  private Duration delay(Job<?> job, int failures, Throwable failure, RetryTime workersChoice) {
    try {
      Optional<Instant> chosen = workersChoice.after(failure);
      Instant now = clock.instant();
      if (chosen.isPresent() && chosen.get().isAfter(now)) {
        return Duration.between(now, chosen.get());
      }
    } catch (Throwable e) {
      suppress(failure, e);
    }
    try {
      Duration delay = policy.delay(job, failures);
      if (!delay.isNegative()) {
        return delay;
      }
    } catch (Throwable e) {
      suppress(failure, e);
    }
    return RetryPolicy.river().delay(job, failures);
  }

  private static void suppress(Throwable failure, Throwable further) {
    new ForeignFailure(failure).suppress(further);
  }

  private static AttemptError error(Job<?> job, String message, String trace) {
    return new AttemptError(
        job.attemptedAt(),
        job.attempt(),
        storable(message, ERROR_CHARACTERS_MAX),
        storable(trace, TRACE_CHARACTERS_MAX));
  }

  private static String message(Throwable failure) {
    return new ForeignFailure(failure).message();
  }

  private static String trace(Throwable failure) {
    return new ForeignFailure(failure).trace();
  }

  /**
   * The text, cut to the maximum length, without the characters that PostgreSQL cannot store
   * (U+0000, unpaired surrogates).
   */
  private static String storable(String text, int charactersMax) {
    String shortened =
        text.length() <= charactersMax
            ? text
            : text.substring(0, charactersMax)
                + "\n... and %d more characters".formatted(text.length() - charactersMax);
    return StorableJson.clean(shortened);
  }

  private static <T extends Throwable> @Nullable T find(
      @Nullable Throwable failure, Class<T> type) {
    return failure == null ? null : new ForeignFailure(failure).find(type);
  }
}
