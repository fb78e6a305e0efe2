package dev.cairn.internal.store;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A job that this client has just set to running, with its arguments still encoded.
 *
 * @param claims how often the job was claimed in its life, this claim included; at most 100
 * @param failures how many errors it has recorded
 * @param oddity why the job cannot be worked, if its row cannot be read; null otherwise
 */
public record ClaimedJob(
    Claim claim,
    String kind,
    String args,
    int attempt,
    int maxAttempts,
    int failures,
    int claims,
    int priority,
    String queue,
    List<String> tags,
    String metadata,
    Instant createdAt,
    Instant scheduledAt,
    @Nullable String oddity) {
  /** A job whose row cannot be read: only its claim is known. */
  public static ClaimedJob odd(Claim claim, String queue, String oddity) {
    return new ClaimedJob(
        claim,
        "",
        "{}",
        1,
        1,
        0,
        1,
        1,
        queue,
        List.of(),
        "{}",
        claim.attemptedAt(),
        claim.attemptedAt(),
        oddity);
  }
}
