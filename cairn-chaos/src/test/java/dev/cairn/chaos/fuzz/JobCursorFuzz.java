package dev.cairn.chaos.fuzz;

import dev.cairn.jobs.JobCursor;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

/** Any text is a valid cursor in a list of jobs, the only one for its place, or it is refused. */
public final class JobCursorFuzz {
  private JobCursorFuzz() {}

  /** Called by Jazzer, by this name. */
  public static void fuzzerTestOneInput(byte[] input) {
    parse(new String(input, StandardCharsets.UTF_8));
    parse(Base64.getUrlEncoder().withoutPadding().encodeToString(input));
  }

  private static void parse(String text) {
    JobCursor cursor;
    try {
      cursor = JobCursor.parse(text);
    } catch (IllegalArgumentException e) {
      Expect.helpful(e);
      return;
    }
    JobCursor again = JobCursor.parse(cursor.text());
    Expect.that(again.text().equals(cursor.text()), cursor, "becomes", again);
  }
}
