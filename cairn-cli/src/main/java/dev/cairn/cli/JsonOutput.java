package dev.cairn.cli;

import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.json.JsonMapper;

/** What {@code --json} prints: objects whose fields are in snake_case. */
public final class JsonOutput {
  private static final JsonMapper MAPPER =
      JsonMapper.builder().propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE).build();

  private JsonOutput() {}

  /** A report as JSON, ending with a new line. */
  public static String of(Object report) {
    return escaped(MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(report))
        + System.lineSeparator();
  }

  /** A row as JSON on one line, ending with a new line. */
  public static String line(Object row) {
    return escaped(MAPPER.writeValueAsString(row)) + System.lineSeparator();
  }

  /**
   * Also with what Jackson leaves as it is and a terminal would obey. It stands within texts only,
   * so that an escape means the same.
   */
  private static String escaped(String json) {
    var escaped = new StringBuilder(json.length());
    for (int i = 0; i < json.length(); i++) {
      char c = json.charAt(i);
      if (c < ' ' || !PlainText.isObeyed(c)) {
        escaped.append(c);
      } else {
        escaped.append("\\u%04x".formatted((int) c));
      }
    }
    return escaped.toString();
  }
}
