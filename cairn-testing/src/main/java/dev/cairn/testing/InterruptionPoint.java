package dev.cairn.testing;

import dev.cairn.spi.Checkpoint;
import dev.cairn.spi.JsonCodec;
import org.jspecify.annotations.Nullable;

/**
 * Where a test disturbs a job, and how.
 *
 * @param step the step, by its path
 * @param position the cursor; null for the end of the step
 */
record InterruptionPoint(
    String step, @Nullable Object position, JsonCodec codec, Disturbance disturbance) {
  /** What happens to the attempt. */
  enum Disturbance {
    /** The attempt is asked to stop after the save. */
    INTERRUPTED("interrupted"),
    /** Its process dies. */
    KILLED("killed"),
    /** Its code fails. */
    FAILED("failed"),
    /** Another client gets the job, and the attempt does not know. */
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
            : !checkpoint.finished() && isAt(position, checkpoint.value()));
  }

  /** Whether the values are written alike, or are equal though one of them says more. */
  private boolean isAt(Object wanted, @Nullable String json) {
    if (json == null || codec.encodeExactly(wanted).equals(json)) {
      return json != null;
    }
    try {
      return wanted.equals(codec.decodeExactly(json, wanted.getClass()));
    } catch (IllegalArgumentException e) {
      // A position of another type.
      return false;
    }
  }

  /** For people: {@code interrupted at position 3 of step 'rows'}. */
  @Override
  public String toString() {
    String place = position == null ? "the end" : "position " + codec.encodeExactly(position);
    return "%s at %s of step '%s'".formatted(disturbance.verb, place, step);
  }
}
