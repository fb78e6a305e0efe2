package dev.cairn.jobs;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A queue as it is in the database. May get further components.
 *
 * @param metadata a JSON object
 * @param pausedAt since when the queue is paused; null if it is not
 * @param updatedAt as in River: when a client last reported that it works the queue, or somebody
 *     paused, resumed or changed it. Clients also update it each hour while the queue is paused
 * @param pausedBy who has paused it ({@link Queues#pause(String, String, String)}); null if it is
 *     not paused, or nobody has said it
 * @param pauseReason why it was paused; null if nobody has said it
 */
public record QueueRow(
    String name,
    String metadata,
    @Nullable Instant pausedAt,
    Instant createdAt,
    Instant updatedAt,
    @Nullable String pausedBy,
    @Nullable String pauseReason) {
  public boolean isPaused() {
    return pausedAt != null;
  }
}
