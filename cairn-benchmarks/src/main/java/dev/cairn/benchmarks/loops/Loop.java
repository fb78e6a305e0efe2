package dev.cairn.benchmarks.loops;

import dev.cairn.resumable.Steps;

/**
 * The same work as a loop written by hand, whose position is lost with the process, and as a
 * resumable one.
 *
 * @param name says what is done to each item
 */
record Loop(String name, ByHand byHand, InSteps inSteps) {
  /** Without Cairn. */
  @FunctionalInterface
  interface ByHand {
    void run() throws Exception;
  }

  /** In a job. */
  @FunctionalInterface
  interface InSteps {
    void run(Steps steps) throws Exception;
  }
}
