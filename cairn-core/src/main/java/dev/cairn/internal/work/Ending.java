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
 * An outcome on its way to the database. Used by the completer's thread once it was handed over.
 */
final class Ending {
  /** How often an outcome is sent by itself before it is written in a simpler form. */
  private static final int TRIES_MAX = 20;

  /** As often a row may be locked before another statement is used. */
  private static final int TIMES_LOCKED_MAX = 3;

  /** Likewise if it fails with an error: one of memory passes, one of the stack does not. */
  private static final int ERRORS_MAX = 2;

  /** Likewise if the database refuses its data. */
  private static final int REFUSALS_MAX = 2;

  private static final Duration FIRST_PAUSE = Duration.ofMillis(50);
  private static final int DOUBLINGS_MAX = 7;

  private final HeldClaim held;
  private FinishedAttempt attempt;

  /** What it is if the worker's own completion of the job is not committed; null without one. */
  private @Nullable Supplier<FinishedAttempt> ifNotCompleted;

  private boolean elsewhere;
  private int sent;
  private int failures;
  private int timesLocked;
  private FailureEvidence.@Nullable Point firstFailure;

  Ending(HeldClaim held, FinishedAttempt attempt) {
    this(held, attempt, null);
  }

  /**
   * An outcome to write.
   *
   * @param ifNotCompleted what to write instead if the worker has completed the job in a
   *     transaction of its own, and that was not committed; null if it has not
   */
  Ending(
      HeldClaim held, FinishedAttempt attempt, @Nullable Supplier<FinishedAttempt> ifNotCompleted) {
    this.held = held;
    this.attempt = attempt;
    this.ifNotCompleted = ifNotCompleted;
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

  /** How large it is, about. */
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

  /** It was written, or is not to be. */
  void over() {
    elsewhere = true;
  }

  /** It waits for its time, or is about to be sent again. */
  void waits(boolean waits) {
    elsewhere = waits;
  }

  /** Whether it is over, or waits: it is not to be sent now. */
  boolean isElsewhere() {
    return elsewhere;
  }

  boolean isCompletion() {
    return attempt.outcome() instanceof Outcome.Completed;
  }

  /** Whether the job is probably completed, so that there is nothing to send. */
  boolean isCompletedByWorker() {
    return ifNotCompleted != null;
  }

  /** The worker's transaction has not been committed, or not yet. */
  void isNotCompleted() {
    if (ifNotCompleted != null) {
      attempt = ifNotCompleted.get();
      ifNotCompleted = null;
    }
  }

  /**
   * Its row was locked, or changed while the statement ran. Where that goes on, as when a unique
   * job is inserted again and again, the statement is used that needs no row as it was when it
   * began.
   */
  void foundLocked() {
    if (++timesLocked >= TIMES_LOCKED_MAX) {
      attempt = attempt.detailed();
    }
  }

  /** It is about to be sent. */
  void sent() {
    sent++;
  }

  /** Whether an earlier statement may have written it. */
  boolean wasSentBefore() {
    return sent > 1;
  }

  /**
   * It was sent by itself and has failed.
   *
   * @param evidence what else was written by now
   */
  void failed(FailureEvidence evidence) {
    if (firstFailure == null) {
      firstFailure = evidence.now(attempt.form());
    }
    failures++;
  }

  /** Whether it has failed by itself: it is not sent with others any more. */
  boolean hasFailed() {
    return failures > 0;
  }

  boolean hasFailedOnce() {
    return failures == 1;
  }

  /** Whether it has failed too often for something that passes. */
  boolean hasFailedOften(Throwable failure) {
    return switch (failure) {
      case RejectedDataException refused -> failures > REFUSALS_MAX;
      case ContendedException contended -> false;
      case Error error -> failures > ERRORS_MAX;
      default -> failures > TRIES_MAX;
    };
  }

  /**
   * Whether it is to blame for its failure: others of its form were written since it failed by
   * itself for the first time, or another row stands in its way.
   */
  boolean isBlamed(FailureEvidence evidence, Throwable failure) {
    return (failure instanceof RejectedDataException refused && refused.isDuplicate())
        || (firstFailure != null && evidence.isAgainst(firstFailure));
  }

  /**
   * Is sent by the statement from now on that can give up the job's unique key, if another job has
   * taken it.
   */
  void givesUpKeyIfTaken(Throwable failure) {
    if (failure instanceof RejectedDataException refused && refused.isDuplicate()) {
      attempt = attempt.detailed();
    }
  }

  /** How long to wait before it is sent again by itself; longer each time. */
  Duration pause() {
    return FIRST_PAUSE.multipliedBy(1L << Math.min(failures, DOUBLINGS_MAX));
  }

  /** Whether it has anything that {@link #reduced} leaves out. */
  boolean hasDetails() {
    return attempt.form() == Form.DETAILED;
  }

  /** The same outcome without what the database may refuse. */
  Ending reduced(String refusal) {
    var simple = new Ending(held, attempt.withoutDetails(refusal));
    simple.sent = sent;
    return simple;
  }
}
