package dev.cairn.internal.store;

import java.time.Instant;
import java.util.List;

/**
 * A job that this client has just set to running, its arguments still encoded.
 *
 * @param claims how often the job was claimed in its life, this claim included; at most 100
 * @param failures how many errors it has recorded
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
    Instant scheduledAt) {}
