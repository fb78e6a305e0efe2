package dev.cairn.spi;

import dev.cairn.WorkContext;

/** Wraps every attempt of every job. The first in the client's list is the outermost. */
@FunctionalInterface
public interface Middleware {
  /**
   * Works one attempt by calling {@code next}, at most once. Not calling it skips the worker and
   * completes the job; what it throws becomes the outcome of the attempt.
   */
  void work(WorkContext context, Next next) throws Exception;

  /** The rest of the chain, the worker at its end. */
  @FunctionalInterface
  interface Next {
    /**
     * Runs the rest of the chain; what it throws fails the attempt unless the caller handles it.
     */
    void proceed() throws Exception;
  }
}
