package dev.cairn.testing;

import dev.cairn.spi.Checkpoint;
import org.jspecify.annotations.Nullable;

/**
 * Where a test disturbs a job, and how.
 *
 * @param step the step, by its path
 * @param position the cursor as JSON; null for the end of the step
 */
record InterruptionPoint(String step, @Nullable String position, Disturbance disturbance) {
  /** What happens to the attempt. */
  enum Disturbance {
    /** It is asked to stop, once that is saved. */
    INTERRUPTED("interrupted"),
    /** Its process dies. */
    KILLED("killed"),
    /** Its code fails. */
    FAILED("failed"),
    /** The job is given to another client, and nobody tells it. */
    LOST("taken over");

    private final String verb;

    Disturbance(String verb) {
      this.verb = verb;
    }
  }

  boolean isReachedBy(Checkpoint checkpoint) {
    return checkpoint.name().equals(step)
        && (position == null
            ? checkpoint.finished()
            : !checkpoint.finished() && position.equals(checkpoint.value()));
  }

  /** For people: {@code interrupted at position 3 of step 'rows'}. */
  @Override
  public String toString() {
    String place = position == null ? "the end" : "position " + position;
    return "%s at %s of step '%s'".formatted(disturbance.verb, place, step);
  }
}
