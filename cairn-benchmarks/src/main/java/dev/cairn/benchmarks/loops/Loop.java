package dev.cairn.benchmarks.loops;

import dev.cairn.resumable.Steps;

/**
 * The same work as a hand-written loop, whose position is lost with the process, and as a resumable
 * loop.
 *
 * @param name the work on each item
 */
record Loop(String name, ByHand byHand, InSteps inSteps) {
  /** The loop without Cairn. */
  @FunctionalInterface
  interface ByHand {
    void run() throws Exception;
  }

  /** The loop in a job. */
  @FunctionalInterface
  interface InSteps {
    void run(Steps steps) throws Exception;
  }
}
