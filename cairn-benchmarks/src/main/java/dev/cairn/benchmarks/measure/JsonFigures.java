package dev.cairn.benchmarks.measure;

import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.json.JsonMapper;

/** The JSON of a report: its fields are in snake_case, as in the output of the command line. */
final class JsonFigures {
  private static final JsonMapper MAPPER =
      JsonMapper.builder().propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE).build();

  private JsonFigures() {}

  /** A report, ending with a new line. */
  static String of(Object report) {
    return MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(report)
        + System.lineSeparator();
  }
}
