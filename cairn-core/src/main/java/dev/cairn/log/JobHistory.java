package dev.cairn.log;

import dev.cairn.internal.json.MetadataKeys;
import dev.cairn.internal.json.StoredJson;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The logs of a job's attempts, as stored in its metadata.
 *
 * @param metadata the metadata of the job, as JSON
 */
record JobHistory(String metadata) {
  /** The most bytes of JSON that are kept of all attempts, as in River. */
  private static final int BYTES_MAX = 8 << 20;

  /**
   * The most attempts of which logs are kept, as for errors. A job that snoozes for months uses up
   * no attempt, and each of its attempts writes all logs again.
   */
  private static final int LOGS_MAX = 100;

  /** How many of these are the first ones. */
  private static final int FIRST = 10;

  /**
   * The logs with one more: the first ten and the last ninety, without the oldest ones if all
   * together would be too large.
   */
  List<Map<String, Object>> with(int attempt, String log) {
    var all = new ArrayList<Map<String, Object>>();
    all.add(entry(attempt, log));
    int bytes = bytes(all.getFirst());
    for (JsonNode earlier : kept().reversed()) {
      Map<String, Object> entry =
          entry(earlier.path("attempt").asInt(0), earlier.path("log").asString(""));
      bytes += bytes(entry);
      if (bytes > BYTES_MAX) {
        break;
      }
      all.addFirst(entry);
    }
    return all;
  }

  /** Those of the earlier logs that fit into the number besides a new one. */
  private List<JsonNode> kept() {
    List<JsonNode> earlier = earlier();
    int tooMany = earlier.size() - (LOGS_MAX - 1);
    if (tooMany <= 0) {
      return earlier;
    }
    var kept = new ArrayList<>(earlier.subList(0, FIRST));
    kept.addAll(earlier.subList(FIRST + tooMany, earlier.size()));
    return kept;
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

  /** With what JSON adds to the text, and the comma. */
  private static int bytes(Map<String, Object> entry) {
    return JsonMapper.shared().writeValueAsBytes(entry).length + 1;
  }
}
