package dev.cairn;

import java.time.Instant;
import java.util.List;

/**
 * A job as its worker sees it. May get further components.
 *
 * @param <A> the type of the arguments
 * @param id unique within the schema
 * @param kind the name under which its worker is registered
 * @param args the arguments it was inserted with
 * @param attempt the attempt that runs now; the first is 1
 * @param maxAttempts how many failed attempts the job may have before it is discarded
 * @param failures how many errors of the job are kept so far; at most 100, so no more are counted
 * @param priority 1 (most urgent) to 4
 * @param queue the queue it was claimed from
 * @param tags free labels
 * @param metadata a JSON object, as it was when the job was claimed
 * @param createdAt when it was inserted
 * @param scheduledAt when it became due
 * @param attemptedAt when this attempt was claimed, by the database's clock
 */
public record Job<A>(
    long id,
    String kind,
    A args,
    int attempt,
    int maxAttempts,
    int failures,
    int priority,
    String queue,
    List<String> tags,
    String metadata,
    Instant createdAt,
    Instant scheduledAt,
    Instant attemptedAt) {
  public Job {
    tags = List.copyOf(tags);
  }
}
