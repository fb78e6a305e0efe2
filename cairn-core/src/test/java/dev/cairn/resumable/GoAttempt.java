package dev.cairn.resumable;

import dev.cairn.TestDatabase;
import dev.cairn.internal.json.StoredJson;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * An attempt as River for Go makes it: which steps it passes over, and which keys it merges into
 * the row. Steps have cursors of numbers from zero.
 */
final class GoAttempt {
  private final TestDatabase database;
  private final long id;
  private final Map<String, Long> cursors = new TreeMap<>();

  /** Steps are passed over until this one has been; null once it has. */
  private @Nullable String behind;

  private @Nullable String completed;

  GoAttempt(TestDatabase database, long id) {
    this.database = database;
    this.id = id;
    JsonNode metadata =
        StoredJson.read(
            String.valueOf(
                database.text(
                    "SELECT metadata::text FROM %s.river_job WHERE id = ?"
                        .formatted(database.schema()),
                    id)));
    metadata
        .path("river:resumable_cursor")
        .forEachEntry((step, cursor) -> cursors.put(step, cursor.asLong()));
    behind = metadata.path("river:resumable_step").asString(null);
    completed = behind;
  }

  /** Whether a step is finished by the keys that the attempt began with. */
  boolean passesOver(String step) {
    if (behind == null) {
      return false;
    }
    boolean isLast = step.equals(behind);
    if (isLast) {
      behind = null;
    }
    return !(isLast && cursors.containsKey(step));
  }

  long cursor(String step) {
    return cursors.getOrDefault(step, 0L);
  }

  void set(String step, long cursor) {
    cursors.put(step, cursor);
  }

  void complete(String step) {
    completed = step;
    cursors.remove(step);
  }

  /** As {@code ResumableSetStepCursorTx}: the running step is named, with its cursor. */
  void setTx(String step, long cursor) {
    set(step, cursor);
    merge(step);
  }

  /**
   * Ends as failed.
   *
   * @return whether the keys were written: River writes no cursor unless a step was completed
   */
  boolean fail() {
    boolean writes = completed != null;
    if (writes) {
      merge(completed);
    }
    end("retryable");
    return writes;
  }

  /** Is killed, and rescued by the clock. */
  void die() {
    end("retryable");
  }

  void completeJob() {
    end("completed");
  }

  private void merge(@Nullable String step) {
    var keys = JsonMapper.shared().createObjectNode().put("river:resumable_step", step);
    if (cursors.isEmpty()) {
      keys.putNull("river:resumable_cursor");
    } else {
      keys.putPOJO("river:resumable_cursor", cursors);
    }
    database.execute(
        "UPDATE %s.river_job SET metadata = metadata || ?::jsonb WHERE id = ?"
            .formatted(database.schema()),
        JsonMapper.shared().writeValueAsString(keys),
        id);
  }

  private void end(String state) {
    database.execute(
        """
        UPDATE %1$s.river_job
        SET state = '%2$s', finalized_at = CASE WHEN '%2$s' = 'completed' THEN now() END,
          attempt = attempt + 1, attempted_at = now(),
          attempted_by = array_append(attempted_by, 'go_client')
        WHERE id = ?
        """
            .formatted(database.schema(), state),
        id);
  }
}
