package dev.cairn.resumable;

import dev.cairn.spi.Checkpoint;
import org.jspecify.annotations.Nullable;

/**
 * One call of a step in one attempt.
 *
 * @param path the names of the enclosing steps and of the step
 * @param position its place among the top-level steps of this run; null for a nested step
 * @param saved the checkpoint of earlier attempts
 * @param meter the time and progress of this call
 */
record StepEntry(
    String path, @Nullable Integer position, @Nullable Checkpoint saved, StepMeter meter) {
  StepEntry(String path, @Nullable Integer position, @Nullable Checkpoint saved) {
    this(path, position, saved, new StepMeter(saved));
  }

  /** Whether this is the step's name, without the names of the enclosing steps. */
  boolean hasName(String name) {
    return path.substring(path.lastIndexOf('/') + 1).equals(name);
  }

  boolean isFinished() {
    return saved != null && saved.finished();
  }

  Checkpoint finished(@Nullable String result) {
    return new Checkpoint(path, position, true, result, meter.read());
  }

  Checkpoint at(@Nullable String cursor) {
    return new Checkpoint(path, position, false, cursor, meter.read());
  }

  /** This entry after its transaction has been committed. */
  StepEntry finishedWith(@Nullable String result) {
    return new StepEntry(path, position, finished(result));
  }
}
