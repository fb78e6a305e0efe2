package dev.cairn.internal.work;

import java.util.Arrays;

/**
 * Finds out whether a job's code has called {@code System.exit}. That call does not return: it
 * waits for the shutdown hooks. One of these may stop the client, which waits for the job.
 */
final class ProcessExit {
  private ProcessExit() {}

  /** Whether a thread of this attempt is inside {@code System.exit}. */
  static boolean isAwaitedBy(Attempt attempt) {
    return attempt.gate().threads().stream()
        .flatMap(thread -> Arrays.stream(thread.getStackTrace()))
        .anyMatch(frame ->
            frame.getClassName().equals(Runtime.class.getName())
                && frame.getMethodName().equals("exit"));
  }
}
