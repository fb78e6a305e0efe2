package dev.cairn.internal.store;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A job to insert, with encoded arguments.
 *
 * @param unique the key that its duplicates share; null if the job is not unique
 */
public record NewJob(
    String kind,
    String args,
    String metadata,
    int maxAttempts,
    int priority,
    String queue,
    @Nullable Instant scheduledAt,
    boolean pending,
    List<String> tags,
    @Nullable UniqueKey unique) {}
