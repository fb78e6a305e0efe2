package dev.cairn.jobs;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A time at which a job was taken away from a client that had died or was stuck. The last twenty
 * are kept in the job's metadata. May get further components.
 *
 * @param at when it was taken away, which is up to a heartbeat timeout after the death
 * @param client which client had it; null if unknown
 * @param claimedAt since when the client had it; null if unknown
 */
public record JobTakeover(Instant at, @Nullable String client, @Nullable Instant claimedAt) {}
