package dev.cairn.testing;

import dev.cairn.spi.Checkpoint;
import org.jspecify.annotations.Nullable;

/**
 * A place in a run at which it may be killed.
 *
 * @param checkpoint what was saved there; null if nothing was
 * @param hasBuffered whether anything was saved that was not durable yet
 */
record Boundary(Kind kind, @Nullable Checkpoint checkpoint, boolean hasBuffered) {
  /** What has just happened. */
  enum Kind {
    /** A checkpoint was saved and is not durable yet. */
    SAVED,
    /** All that was saved is durable. */
    FLUSHED,
    /** A transaction is about to be committed. */
    BEFORE_COMMIT,
    AFTER_COMMIT,
    /** The worker has returned, and its outcome is not written yet. */
    RETURNED,
    /** The worker has thrown, and its outcome is not written yet. */
    THROWN;

    /** Whether the code of the worker is over, so that only the kill of its process matters. */
    boolean isEnd() {
      return this == RETURNED || this == THROWN;
    }
  }

  /** For people. */
  String describe() {
    return switch (kind) {
      case SAVED -> "after " + saved();
      case FLUSHED -> "when all checkpoints were durable";
      case BEFORE_COMMIT -> "before the commit of a transaction" + with();
      case AFTER_COMMIT -> "after the commit of a transaction" + with();
      case RETURNED -> "after the worker had returned, before its job was completed";
      case THROWN ->
          "after the worker had thrown, before the outcome of its run (a snooze, a failure, a"
              + " cancellation, a wait) was written";
    };
  }

  private String saved() {
    if (checkpoint == null) {
      return "a checkpoint";
    }
    if (checkpoint.finished()) {
      return "step '%s' had finished".formatted(checkpoint.name());
    }
    return checkpoint.value() == null
        ? "step '%s' had begun".formatted(checkpoint.name())
        : "step '%s' had moved its cursor to %s".formatted(checkpoint.name(), checkpoint.value());
  }

  private String with() {
    return checkpoint == null
        ? " that holds no checkpoint"
        : " in which " + saved().replace("had finished", "finishes").replace("had moved", "moves");
  }
}
