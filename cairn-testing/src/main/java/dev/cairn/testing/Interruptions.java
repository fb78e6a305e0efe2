package dev.cairn.testing;

import dev.cairn.InterruptionReason;
import java.util.List;
import java.util.stream.Stream;

/**
 * Where and why a test interrupts a job.
 *
 * @param points the first one that the job comes to counts
 */
record Interruptions(List<InterruptionPoint> points, InterruptionReason reason) {
  static final Interruptions NONE = new Interruptions(List.of(), InterruptionReason.SHUTDOWN);

  Interruptions {
    points = List.copyOf(points);
  }

  Interruptions with(InterruptionPoint point) {
    return new Interruptions(Stream.concat(points.stream(), Stream.of(point)).toList(), reason);
  }

  Interruptions because(InterruptionReason why) {
    return new Interruptions(points, why);
  }
}
