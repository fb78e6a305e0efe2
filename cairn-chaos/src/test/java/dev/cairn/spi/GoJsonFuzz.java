package dev.cairn.spi;

import dev.cairn.chaos.fuzz.Expect;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import tools.jackson.databind.json.JsonMapper;

/** Texts and fractions in Go's form, of which unique keys are made, have the same value as ours. */
public final class GoJsonFuzz {
  private GoJsonFuzz() {}

  /** Called by Jazzer, by this name. */
  public static void fuzzerTestOneInput(byte[] input) {
    String text = new String(input, StandardCharsets.UTF_8);
    String quoted = GoJson.quoted(text);
    Expect.that(
        JsonMapper.shared().readTree(quoted).asString().equals(text), "another text:", quoted);
    if (text.length() < 40 && text.matches("-?(0|[1-9][0-9]*)\\.[0-9]+([eE][+-]?[0-9]{1,3})?")) {
      String fraction = GoJson.fraction(text);
      var same = new BigDecimal(fraction);
      Expect.that(
          same.compareTo(new BigDecimal(text)) == 0
              || Double.parseDouble(fraction) == Double.parseDouble(text),
          text,
          "becomes",
          fraction);
      Expect.that(GoJson.fraction(fraction).equals(fraction), text, "has another form:", fraction);
    }
  }
}
