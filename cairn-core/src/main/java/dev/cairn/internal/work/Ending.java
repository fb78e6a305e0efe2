package dev.cairn.internal.work;

import dev.cairn.AttemptError;
import dev.cairn.internal.claims.HeldClaim;
import dev.cairn.internal.store.CheckpointWrite;
import dev.cairn.internal.store.Claim;
import dev.cairn.internal.store.ContendedException;
import dev.cairn.internal.store.FinishedAttempt;
import dev.cairn.internal.store.FinishedAttempt.Form;
import dev.cairn.internal.store.Outcome;
import dev.cairn.internal.store.RejectedDataException;
import java.time.Duration;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * An outcome on its way to the database. After it is handed over, only the completer's thread uses
 * it.
 */
final class Ending {
  /** How often an outcome is sent alone before it is written in a simpler form. */
  private static final int TRIES_MAX = 20;

  /** How often the job's row may be found locked before another statement is used. */
  private static final int TIMES_LOCKED_MAX = 3;

  /** How many errors are tolerated: a lack of memory may pass, a stack overflow does not. */
  private static final int ERRORS_MAX = 2;

  /** How often the database may refuse the data of an outcome. */
  private static final int REFUSALS_MAX = 2;

  private static final Duration FIRST_PAUSE = Duration.ofMillis(50);
  private static final int DOUBLINGS_MAX = 7;

  private final HeldClaim held;
  private FinishedAttempt attempt;

  /**
   * The outcome if the worker's own completion of the job is not committed. Null if the worker has
   * not completed the job, or that outcome is already used.
   */
  private @Nullable Supplier<FinishedAttempt> ifNotCompleted;

  /** Whether the worker's own transaction may have completed the job, even late. */
  private final boolean mayBeCompletedByWorker;

  private boolean elsewhere;
  private boolean presumed;
  private int sent;
  private int failures;
  private int outages;
  private int timesLocked;
  private FailureEvidence.@Nullable Point firstFailure;

  Ending(HeldClaim held, FinishedAttempt attempt) {
    this(held, attempt, null);
  }

  /**
   * Creates an outcome to write.
   *
   * @param ifNotCompleted the outcome if the worker completed the job in its own transaction and
   *     that was not committed; null if the worker did not complete the job
   */
  Ending(
      HeldClaim held, FinishedAttempt attempt, @Nullable Supplier<FinishedAttempt> ifNotCompleted) {
    this.held = held;
    this.attempt = attempt;
    this.ifNotCompleted = ifNotCompleted;
    this.mayBeCompletedByWorker = ifNotCompleted != null;
  }

  HeldClaim held() {
    return held;
  }

  FinishedAttempt attempt() {
    return attempt;
  }

  Claim claim() {
    return attempt.claim();
  }

  /** Its approximate size. */
  long characters() {
    long characters = length(attempt.metadata());
    for (CheckpointWrite write : attempt.checkpoints()) {
      characters += length(write.checkpoint().value());
    }
    AttemptError error = attempt.outcome().error();
    return characters + (error == null ? 0 : error.trace().length());
  }

  private static long length(@Nullable String text) {
    return text == null ? 0 : text.length();
  }

  /** Marks this outcome as written, or as not to be written. */
  void over() {
    elsewhere = true;
  }

  /**
   * Notes that an earlier statement has probably written this outcome. Its answer was lost, or it
   * never came to the database and the job was rescued.
   */
  void presumeWritten() {
    presumed = true;
  }

  /** This outcome for the listeners. */
  WrittenAttempt told() {
    return new WrittenAttempt(attempt, !presumed);
  }

  /** Marks this outcome as waiting for its time, or as ready to be sent again. */
  void waits(boolean waits) {
    elsewhere = waits;
  }

  /** Whether it is over or waits, so it must not be sent now. */
  boolean isElsewhere() {
    return elsewhere;
  }

  boolean isCompletion() {
    return attempt.outcome() instanceof Outcome.Completed;
  }

  /** Whether the worker has probably completed the job, so that nothing has to be sent. */
  boolean isCompletedByWorker() {
    return ifNotCompleted != null;
  }

  /**
   * Whether the worker may have completed the job: the worker's transaction may be committed at any
   * time.
   */
  boolean mayBeCompletedByWorker() {
    return mayBeCompletedByWorker;
  }

  /** Notes that the worker's transaction has not been committed, or not yet. */
  void isNotCompleted() {
    if (ifNotCompleted != null) {
      attempt = ifNotCompleted.get();
      ifNotCompleted = null;
    }
  }

  /**
   * Notes that the job's row was locked, or changed while the statement ran. If that happens again
   * and again, for example because a unique job is inserted repeatedly, another statement is used.
   * That one does not need the row as it was when the statement began.
   */
  void foundLocked() {
    if (++timesLocked >= TIMES_LOCKED_MAX) {
      attempt = attempt.detailed();
    }
  }

  /** Notes that this outcome is about to be sent. */
  void sent() {
    sent++;
  }

  /** Whether an earlier statement may have written it. */
  boolean wasSentBefore() {
    return sent > 1;
  }

  /**
   * Notes that this outcome failed when it was sent alone.
   *
   * @param evidence the outcomes that have been written by now
   */
  void failed(FailureEvidence evidence) {
    if (firstFailure == null) {
      firstFailure = evidence.now(attempt.form());
    }
    failures++;
  }

  /**
   * Notes that the database was unreachable when this outcome was sent alone. This outcome may be
   * the cause, so others are sent first. But an outage is no reason to write it in a simpler form.
   */
  void metOutage() {
    outages++;
  }

  /** Whether this outcome has failed alone. If so, it is no longer sent with others. */
  boolean hasFailed() {
    return failures + outages > 0;
  }

  boolean hasFailedOnce() {
    return failures == 1;
  }

  /** Whether this outcome has failed often enough to try a simpler form. */
  boolean hasFailedOften(Throwable failure) {
    return switch (failure) {
      case RejectedDataException refused -> failures > REFUSALS_MAX;
      case ContendedException contended -> false;
      case Error error -> failures > ERRORS_MAX;
      default -> failures > TRIES_MAX;
    };
  }

  /**
   * Whether this outcome itself causes its failure: other outcomes of its form were written since
   * it first failed alone, or another row conflicts with it.
   */
  boolean isBlamed(FailureEvidence evidence, Throwable failure) {
    return (failure instanceof RejectedDataException refused && refused.isDuplicate())
        || (firstFailure != null && evidence.isAgainst(firstFailure));
  }

  /**
   * From now on uses the statement that can give up the job's unique key if another job has taken
   * it.
   */
  void givesUpKeyIfTaken(Throwable failure) {
    if (failure instanceof RejectedDataException refused && refused.isDuplicate()) {
      attempt = attempt.detailed();
    }
  }

  /** How long to wait before it is sent alone again. Grows with each failure. */
  Duration pause() {
    return FIRST_PAUSE.multipliedBy(1L << Math.min(failures + outages, DOUBLINGS_MAX));
  }

  /** Whether it contains anything that {@link #reduced} omits. */
  boolean hasDetails() {
    return attempt.form() == Form.DETAILED;
  }

  /** The same outcome without the values that the database may refuse. */
  Ending reduced(String refusal) {
    var simple = new Ending(held, attempt.withoutDetails(refusal));
    simple.sent = sent;
    return simple;
  }
}
