package dev.cairn.testing;

import java.time.Duration;

/**
 * What an {@link Explorer} has tried without finding anything. May get further components.
 *
 * @param boundaries how many places the undisturbed run has at which it may be ended
 * @param schedules how many ways to end runs were tried
 * @param seed by which pairs of them were chosen
 */
public record Exploration(int boundaries, int schedules, long seed, Duration time) {
  @Override
  public String toString() {
    return "%d boundaries, %d schedules, seed %d, %d ms"
        .formatted(boundaries, schedules, seed, time.toMillis());
  }
}
