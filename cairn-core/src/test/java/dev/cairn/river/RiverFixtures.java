package dev.cairn.river;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Objects;
import java.util.stream.StreamSupport;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What River for Go really wrote into a database. */
final class RiverFixtures {
  private static final JsonNode ALL = read();

  private RiverFixtures() {}

  static List<JsonNode> jobs() {
    return list("jobs");
  }

  /** The row of one case. */
  static JsonNode job(String name) {
    return jobs().stream()
        .filter(job -> job.get("case").stringValue().equals(name))
        .findFirst()
        .orElseThrow();
  }

  static List<JsonNode> unique() {
    return list("unique");
  }

  static List<JsonNode> notifications() {
    return list("notifications");
  }

  private static List<JsonNode> list(String name) {
    return StreamSupport.stream(ALL.get(name).spliterator(), false).toList();
  }

  private static JsonNode read() {
    try (InputStream file = RiverFixtures.class.getResourceAsStream("river-fixtures.json")) {
      return JsonMapper.shared().readTree(Objects.requireNonNull(file));
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
