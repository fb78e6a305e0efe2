package dev.cairn.testing;

import dev.cairn.spi.Checkpoint;
import org.jspecify.annotations.Nullable;

/**
 * Where a test interrupts a job.
 *
 * @param step the step, by its path
 * @param position the cursor as JSON; null for the end of the step
 */
record InterruptionPoint(String step, @Nullable String position) {
  boolean isReachedBy(Checkpoint checkpoint) {
    return checkpoint.name().equals(step)
        && (position == null
            ? checkpoint.finished()
            : !checkpoint.finished() && position.equals(checkpoint.value()));
  }

  @Override
  public String toString() {
    return position == null
        ? "the end of step '%s'".formatted(step)
        : "position %s of step '%s'".formatted(position, step);
  }
}
