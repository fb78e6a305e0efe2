package dev.cairn.chaos.fuzz;

import java.util.Arrays;
import java.util.stream.Collectors;

/** Assertions about each input. */
public final class Expect {
  private Expect() {}

  /** Fails with these words, separated by spaces, if the condition does not hold. */
  public static void that(boolean holds, Object... words) {
    if (!holds) {
      throw new AssertionError(
          Arrays.stream(words).map(String::valueOf).collect(Collectors.joining(" ")));
    }
  }

  /** Checks that the message of a refusal says what is wrong with the input. */
  public static void helpful(IllegalArgumentException refusal) {
    String message = refusal.getMessage();
    that(message != null && message.length() > 10, "refused without saying why:", refusal);
  }
}
