package dev.cairn.internal.work;

/** The limits for the name of a worked queue and for the number of its running jobs. */
public final class QueueLimits {
  private static final int NAME_LENGTH_MAX = 127;
  private static final int WORKERS_MAX = 10_000;

  private QueueLimits() {}

  /**
   * Checks a queue.
   *
   * @throws IllegalArgumentException if the name or the number is out of range
   */
  public static void check(String name, int maxWorkers) {
    if (name.isEmpty() || name.length() > NAME_LENGTH_MAX) {
      throw new IllegalArgumentException(
          "a queue's name must have 1 to %d characters: %s".formatted(NAME_LENGTH_MAX, name));
    }
    if (maxWorkers < 1 || maxWorkers > WORKERS_MAX) {
      throw new IllegalArgumentException(
          "queue '%s': maxWorkers must be 1 to %d, not %d"
              .formatted(name, WORKERS_MAX, maxWorkers));
    }
  }
}
