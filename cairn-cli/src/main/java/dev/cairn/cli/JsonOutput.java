package dev.cairn.cli;

import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.json.JsonMapper;

/** What {@code --json} prints: one object, its fields in snake_case. */
public final class JsonOutput {
  private static final JsonMapper MAPPER =
      JsonMapper.builder().propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE).build();

  private JsonOutput() {}

  /** A report as JSON, ending with a new line. */
  public static String of(Object report) {
    return MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(report)
        + System.lineSeparator();
  }
}
