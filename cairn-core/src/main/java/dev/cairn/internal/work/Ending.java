package dev.cairn.internal.work;

import dev.cairn.internal.claims.HeldClaim;
import dev.cairn.internal.store.Claim;
import dev.cairn.internal.store.FinishedAttempt;
import dev.cairn.internal.store.Outcome;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * An outcome on its way to the database. Used by the completer's thread once it was handed over.
 */
final class Ending {
  /** How often an outcome is sent by itself before it is written in a simpler form. */
  static final int TRIES_MAX = 20;

  /** Likewise if it fails with an error: one of memory passes, one of the stack does not. */
  static final int ERRORS_MAX = 2;

  /** How often its simpler form may be refused before the job is set apart. */
  static final int REFUSALS_MAX = 6;

  private static final Duration FIRST_PAUSE = Duration.ofMillis(50);
  private static final int DOUBLINGS_MAX = 7;

  private final HeldClaim held;
  private final FinishedAttempt attempt;
  private final boolean reduced;
  private int sent;
  private int failures;

  Ending(HeldClaim held, FinishedAttempt attempt) {
    this(held, attempt, false);
  }

  private Ending(HeldClaim held, FinishedAttempt attempt, boolean reduced) {
    this.held = held;
    this.attempt = attempt;
    this.reduced = reduced;
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
    return length(attempt.metadata())
        + attempt.checkpoints().stream()
            .mapToLong(write -> length(write.checkpoint().value()))
            .sum()
        + switch (attempt.outcome()) {
          case Outcome.Retried retried -> retried.error().trace().length();
          case Outcome.Discarded discarded -> discarded.error().trace().length();
          case Outcome.Cancelled cancelled -> cancelled.error().trace().length();
          default -> 0;
        };
  }

  private static long length(@Nullable String text) {
    return text == null ? 0 : text.length();
  }

  /** It is about to be sent. */
  void sent() {
    sent++;
  }

  /** Whether an earlier statement may have written it. */
  boolean wasSentBefore() {
    return sent > 1;
  }

  /** It was sent by itself and has failed; how often by now. */
  int failed() {
    return ++failures;
  }

  /** How long to wait before it is sent again by itself; longer each time. */
  Duration pause() {
    return FIRST_PAUSE.multipliedBy(1L << Math.min(failures, DOUBLINGS_MAX));
  }

  boolean isReduced() {
    return reduced;
  }

  /** The same outcome without what the database may refuse. */
  Ending reduced(String refusal) {
    var simple = new Ending(held, attempt.withoutDetails(refusal), true);
    simple.sent = sent;
    return simple;
  }
}
