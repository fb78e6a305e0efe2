package dev.cairn.dashboard.internal.act;

import dev.cairn.dashboard.internal.answer.Json;
import dev.cairn.jobs.QueueRow;
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
   * The metadata of a queue with a note of its present pause, or without a note if it is not
   * paused. The note has the time of the pause: it means nothing for a later pause by others.
   */
  static String in(QueueRow queue, String by, @Nullable String reason) {
    ObjectNode changed = object(queue.metadata());
    changed.remove(KEY);
    if (queue.pausedAt() != null) {
      ObjectNode note = changed.putObject(KEY).put("by", by).put("at", Json.text(queue.pausedAt()));
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
