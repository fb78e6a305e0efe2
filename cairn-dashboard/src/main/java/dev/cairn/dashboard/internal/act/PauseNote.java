package dev.cairn.dashboard.internal.act;

import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Who has paused a queue and why, in the metadata of the queue. */
final class PauseNote {
  private static final String KEY = "cairn:paused";
  private static final JsonMapper MAPPER = JsonMapper.shared();

  private PauseNote() {}

  /**
   * The metadata with another note.
   *
   * @param by null for no note
   */
  static String in(String metadata, @Nullable String by, @Nullable String reason) {
    ObjectNode changed = object(metadata);
    changed.remove(KEY);
    if (by != null) {
      ObjectNode note = changed.putObject(KEY).put("by", by);
      if (reason != null) {
        note.put("reason", reason);
      }
    }
    return changed.toString();
  }

  private static ObjectNode object(String metadata) {
    try {
      JsonNode node = MAPPER.readTree(metadata);
      return node instanceof ObjectNode object ? object : MAPPER.createObjectNode();
    } catch (JacksonException e) {
      return MAPPER.createObjectNode();
    }
  }
}
