package dev.cairn.testing;

import dev.cairn.internal.json.MetadataKeys;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Where a job continues, in the keys that River writes. A Go worker could have written them.
 *
 * @param step the last finished step, or the one in progress if it has a cursor
 * @param cursors JSON by the name of the step
 */
record Resumption(@Nullable String step, Map<String, String> cursors) {
  static final Resumption NOWHERE = new Resumption(null, Map.of());

  private static final JsonMapper MAPPER = JsonMapper.shared();

  Resumption {
    cursors = Map.copyOf(cursors);
  }

  Resumption after(String finished) {
    return new Resumption(finished, Map.of());
  }

  Resumption at(String running, String position) {
    return new Resumption(running, Map.of(running, position));
  }

  boolean isSomewhere() {
    return step != null;
  }

  /** The metadata with River's keys in it. */
  String into(@Nullable String metadata) {
    String given = metadata == null ? "{}" : metadata;
    if (step == null) {
      return given;
    }
    Map<String, String> keys = new LinkedHashMap<>();
    keys.put(MetadataKeys.RESUMABLE_STEP, MAPPER.writeValueAsString(step));
    if (!cursors.isEmpty()) {
      keys.put(MetadataKeys.RESUMABLE_CURSOR, object(cursors));
    }
    return merged(given, object(keys));
  }

  private static String object(Map<String, String> jsonByKey) {
    ObjectNode object = MAPPER.createObjectNode();
    jsonByKey.forEach((key, json) -> object.set(key, MAPPER.readTree(json)));
    return object.toString();
  }

  /**
   * One JSON object with the top-level keys of both. Keys of the second replace those of the first.
   */
  static String merged(String one, String other) {
    ObjectNode object = (ObjectNode) MAPPER.readTree(one);
    MAPPER.readTree(other).forEachEntry(object::set);
    return object.toString();
  }

  /** One JSON object of keys whose values are JSON. */
  static String merged(String one, Map<String, String> jsonByKey) {
    return merged(one, object(jsonByKey));
  }
}
