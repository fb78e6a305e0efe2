package dev.cairn.cli;

import java.nio.charset.StandardCharsets;
import java.util.List;

/** Any text is the address of a database, or a refusal that does not show the password. */
public final class DatabaseUrlFuzz {
  private static final String PASSWORD = "geheim";

  private DatabaseUrlFuzz() {}

  /** Called by Jazzer, by this name. */
  public static void fuzzerTestOneInput(byte[] input) {
    String text = new String(input, StandardCharsets.UTF_8);
    if (text.contains(PASSWORD)) {
      // Such a text may also occur outside of the password.
      return;
    }
    List.of(
            text,
            text + "ada:" + PASSWORD + "@localhost/shop",
            "postgres://ada:" + PASSWORD + text + "@localhost/shop",
            "postgres://ada:" + PASSWORD + "@" + text,
            "jdbc:postgresql:" + text + "?password=" + PASSWORD)
        .forEach(DatabaseUrlFuzz::parse);
  }

  private static void parse(String address) {
    try {
      DatabaseUrl.parse(address).dataSource();
    } catch (IllegalArgumentException e) {
      String message = e.getMessage();
      if (message == null || message.length() <= 10) {
        throw new AssertionError("refused without saying why", e);
      }
      for (Throwable each = e; each != null; each = each.getCause()) {
        if (String.valueOf(each.getMessage()).contains(PASSWORD)) {
          throw new AssertionError("the refusal shows the password", each);
        }
      }
    }
  }
}
