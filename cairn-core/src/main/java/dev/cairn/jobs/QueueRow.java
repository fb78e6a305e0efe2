package dev.cairn.jobs;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A queue as it stands in the database. May get further components.
 *
 * @param metadata a JSON object
 * @param pausedAt since when its jobs are not claimed; null if they are
 * @param updatedAt when a client last said that it works it
 */
public record QueueRow(
    String name,
    String metadata,
    @Nullable Instant pausedAt,
    Instant createdAt,
    Instant updatedAt) {
  public boolean isPaused() {
    return pausedAt != null;
  }
}
