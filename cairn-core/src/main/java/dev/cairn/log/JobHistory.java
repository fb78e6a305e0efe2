package dev.cairn.log;

import dev.cairn.internal.json.MetadataKeys;
import dev.cairn.internal.json.StoredJson;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/**
 * The logs of a job's attempts, as stored in its metadata.
 *
 * @param metadata the metadata of the job, as JSON
 */
record JobHistory(String metadata) {
  /** The most bytes that are kept of all attempts, as in River. */
  private static final int BYTES_MAX = 8 << 20;

  /** The logs with one more, without the oldest ones if all together would be too large. */
  List<Map<String, Object>> with(int attempt, String log) {
    var all = new ArrayList<Map<String, Object>>();
    int bytes = bytes(log);
    for (JsonNode entry : earlier().reversed()) {
      String text = entry.path("log").asString("");
      bytes += bytes(text);
      if (bytes > BYTES_MAX) {
        break;
      }
      all.addFirst(entry(entry.path("attempt").asInt(0), text));
    }
    all.add(entry(attempt, log));
    return all;
  }

  private List<JsonNode> earlier() {
    JsonNode logs = StoredJson.read(metadata).path(MetadataKeys.LOG);
    return new ArrayList<>(logs.isArray() ? logs.values() : List.of());
  }

  private static Map<String, Object> entry(int attempt, String log) {
    var entry = new LinkedHashMap<String, Object>();
    entry.put("attempt", attempt);
    entry.put("log", log);
    return entry;
  }

  private static int bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8).length;
  }
}
