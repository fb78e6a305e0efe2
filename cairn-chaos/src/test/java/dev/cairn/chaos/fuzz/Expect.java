package dev.cairn.chaos.fuzz;

import java.util.Arrays;
import java.util.stream.Collectors;

/** What has to hold for each input. */
public final class Expect {
  private Expect() {}

  /** Fails with these words, a space between each two of them. */
  public static void that(boolean holds, Object... words) {
    if (!holds) {
      throw new AssertionError(
          Arrays.stream(words).map(String::valueOf).collect(Collectors.joining(" ")));
    }
  }

  /** Whoever gave the input can see from the message what is wrong. */
  public static void helpful(IllegalArgumentException refusal) {
    String message = refusal.getMessage();
    that(message != null && message.length() > 10, "refused without saying why:", refusal);
  }
}
