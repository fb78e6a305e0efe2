package dev.cairn.chaos.fuzz;

/** What has to hold for each input. */
public final class Expect {
  private Expect() {}

  /** Fails with a text, as {@link String#format} makes it. */
  public static void that(boolean holds, String text, Object... values) {
    if (!holds) {
      throw new AssertionError(text.formatted(values));
    }
  }

  /** Whoever gave the input can see from the message what is wrong. */
  public static void helpful(IllegalArgumentException refusal) {
    String message = refusal.getMessage();
    that(message != null && message.length() > 10, "refused without saying why: %s", refusal);
  }
}
