package dev.cairn;

import dev.cairn.internal.json.MetadataKeys;
import dev.cairn.internal.json.StoredJson;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A job as it is in the database. May get further components.
 *
 * @param id unique within the schema
 * @param state its state
 * @param kind the name under which its worker is registered
 * @param args the arguments, as JSON
 * @param attempt the number of the last attempt; 0 before the first
 * @param maxAttempts how many attempts it has before it is discarded
 * @param priority 1 (most urgent) to 4
 * @param queue the queue it is claimed from
 * @param tags free labels
 * @param metadata a JSON object
 * @param errors what went wrong so far, oldest first
 * @param attemptedBy the ids of the clients that claimed it, oldest first, at most 100
 * @param createdAt when it was inserted
 * @param scheduledAt when it is, or was, due
 * @param attemptedAt when it was last claimed; null if it never was
 * @param finalizedAt when it reached a final state; null if it has not
 */
public record JobRow(
    long id,
    JobState state,
    String kind,
    String args,
    int attempt,
    int maxAttempts,
    int priority,
    String queue,
    List<String> tags,
    String metadata,
    List<AttemptError> errors,
    List<String> attemptedBy,
    Instant createdAt,
    Instant scheduledAt,
    @Nullable Instant attemptedAt,
    @Nullable Instant finalizedAt) {
  public JobRow {
    tags = List.copyOf(tags);
    errors = List.copyOf(errors);
    attemptedBy = List.copyOf(attemptedBy);
  }

  /**
   * The output that its worker has recorded ({@link WorkContext#recordOutput}), as JSON; empty if
   * there is none.
   */
  public Optional<String> output() {
    JsonNode output = StoredJson.read(metadata).get(MetadataKeys.OUTPUT);
    return Optional.ofNullable(output).map(StoredJson::text);
  }
}
