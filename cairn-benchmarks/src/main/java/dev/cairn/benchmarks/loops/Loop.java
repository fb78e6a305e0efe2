package dev.cairn.benchmarks.loops;

import dev.cairn.resumable.Steps;

/**
 * The same work as a hand-written loop, whose position is lost with the process, and as a resumable
 * loop.
 *
 * @param name the work on each item
 * @param items how many there are
 * @param seen what the loop has done so far
 * @param expected what it must have done at its end
 */
record Loop(String name, long items, ByHand byHand, InSteps inSteps, Seen seen, long expected) {
  /** The loop without Cairn. */
  @FunctionalInterface
  interface ByHand {
    void run() throws Exception;
  }

  /** A number that shows whether a loop has reached its end. */
  @FunctionalInterface
  interface Seen {
    long value() throws Exception;
  }

  /**
   * Checks that a loop went through all its items.
   *
   * @throws IllegalStateException if it did not
   */
  void check() throws Exception {
    long value = seen.value();
    if (value != expected) {
      throw new IllegalStateException(
          "%s: ended at %d instead of %d: the figures would be worthless"
              .formatted(name, value, expected));
    }
  }

  /** The loop in a job. */
  @FunctionalInterface
  interface InSteps {
    void run(Steps steps) throws Exception;
  }
}
