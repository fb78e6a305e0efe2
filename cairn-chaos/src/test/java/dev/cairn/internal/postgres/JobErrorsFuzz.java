package dev.cairn.internal.postgres;

import dev.cairn.AttemptError;
import dev.cairn.chaos.fuzz.Expect;
import dev.cairn.internal.json.StoredJson;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import tools.jackson.core.JacksonException;

/** Whatever JSON another program has written as the errors of a job can be read. */
public final class JobErrorsFuzz {
  private JobErrorsFuzz() {}

  /** Called by Jazzer, by this name. */
  public static void fuzzerTestOneInput(byte[] input) {
    String text = new String(input, StandardCharsets.UTF_8);
    try {
      StoredJson.read(text);
    } catch (JacksonException e) {
      // PostgreSQL stores only JSON.
      return;
    }
    for (AttemptError error : Rows.errors(text)) {
      Expect.that(Objects.requireNonNull(error).at() != null, "no time");
      Expect.that(error.error() != null, "no text");
    }
  }
}
