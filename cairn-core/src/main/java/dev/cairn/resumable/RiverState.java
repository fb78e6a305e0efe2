package dev.cairn.resumable;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/**
 * The steps that a River client has saved in a job's metadata.
 *
 * @param step the last finished step, or the running one if it has a cursor
 * @param cursors JSON by the name of the step
 */
record RiverState(@Nullable String step, Map<String, String> cursors) {
  /** The step as JSON. */
  String stepJson() {
    return json(step);
  }

  static String json(@Nullable String step) {
    return JsonMapper.shared().writeValueAsString(step);
  }
}
