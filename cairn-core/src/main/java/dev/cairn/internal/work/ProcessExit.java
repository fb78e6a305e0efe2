package dev.cairn.internal.work;

import java.util.Arrays;

/**
 * Tells whether code of a job has told the whole process to end. {@code System.exit} does not
 * return: it waits for the shutdown hooks, and one of these may stop the client, which waits for
 * the job.
 */
final class ProcessExit {
  private ProcessExit() {}

  /** Whether a thread of this attempt is inside of {@code System.exit}. */
  static boolean isAwaitedBy(Attempt attempt) {
    return attempt.gate().threads().stream()
        .flatMap(thread -> Arrays.stream(thread.getStackTrace()))
        .anyMatch(frame ->
            frame.getClassName().equals(Runtime.class.getName())
                && frame.getMethodName().equals("exit"));
  }
}
