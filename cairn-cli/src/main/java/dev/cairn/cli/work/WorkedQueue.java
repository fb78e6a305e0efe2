package dev.cairn.cli.work;

/**
 * A queue to work.
 *
 * @param most how many of its jobs may run at once
 */
record WorkedQueue(String name, int most) {
  /**
   * Reads {@code NAME} or {@code NAME=N}.
   *
   * @param otherwise the number if there is none
   * @throws IllegalArgumentException if N is no number
   */
  static WorkedQueue of(String text, int otherwise) {
    int equals = text.lastIndexOf('=');
    if (equals < 0) {
      return new WorkedQueue(text, otherwise);
    }
    String number = text.substring(equals + 1);
    try {
      return new WorkedQueue(text.substring(0, equals), Integer.parseInt(number));
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "'%s' in '%s' is not a number of jobs".formatted(number, text), e);
    }
  }
}
