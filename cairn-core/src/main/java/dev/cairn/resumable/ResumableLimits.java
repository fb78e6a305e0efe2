package dev.cairn.resumable;

/**
 * How large the state of a resumable job may grow. What exceeds a limit is refused with an error
 * that names the step and the size; nothing is truncated (R8).
 *
 * @param cursorBytes the size of one encoded cursor, in bytes, whoever sets it; 16 KiB by default
 * @param resultBytes the size of one encoded result of a step, or of the payload of a signal, in
 *     bytes; 256 KiB by default
 * @param steps the number of steps in one job; 10,000 by default
 */
public record ResumableLimits(int cursorBytes, int resultBytes, int steps) {
  public ResumableLimits {
    requirePositive("cursorBytes", cursorBytes);
    requirePositive("resultBytes", resultBytes);
    requirePositive("steps", steps);
  }

  public static ResumableLimits defaults() {
    return new ResumableLimits(16 * 1024, 256 * 1024, 10_000);
  }

  private static void requirePositive(String name, int value) {
    if (value < 1) {
      throw new IllegalArgumentException(name + " must be positive, not " + value);
    }
  }
}
