package dev.cairn;

import java.time.Instant;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * How a job is inserted. Begin with {@link #defaults()} and change what differs. Immutable.
 *
 * @param queue the queue; {@code "default"} unless set
 * @param priority 1 (most urgent, the default) to 4
 * @param maxAttempts how many attempts it has; the client's default (25) if null
 * @param scheduledAt when it becomes due; at once if null
 * @param pending whether it waits until somebody makes it available
 * @param metadata a JSON object
 * @param tags free labels, each 3 to 255 letters, digits, underscores and inner hyphens
 */
public record InsertOptions(
    String queue,
    int priority,
    @Nullable Integer maxAttempts,
    @Nullable Instant scheduledAt,
    boolean pending,
    String metadata,
    List<String> tags) {
  private static final InsertOptions DEFAULTS =
      new InsertOptions("default", 1, null, null, false, "{}", List.of());
  private static final int QUEUE_LENGTH_MAX = 127;
  private static final int TAG_LENGTH_MAX = 255;
  private static final int MAX_ATTEMPTS_LIMIT = Short.MAX_VALUE;
  private static final Pattern TAG = Pattern.compile("\\w[\\w\\-]+\\w");

  public InsertOptions {
    if (queue.isEmpty() || queue.length() > QUEUE_LENGTH_MAX) {
      throw new IllegalArgumentException(
          "queue must have 1 to %d characters, not %d".formatted(QUEUE_LENGTH_MAX, queue.length()));
    }
    if (priority < 1 || priority > 4) {
      throw new IllegalArgumentException("priority must be 1 to 4, not " + priority);
    }
    if (maxAttempts != null && (maxAttempts < 1 || maxAttempts > MAX_ATTEMPTS_LIMIT)) {
      throw new IllegalArgumentException(
          "maxAttempts must be 1 to %d, not %d".formatted(MAX_ATTEMPTS_LIMIT, maxAttempts));
    }
    tags = List.copyOf(tags);
    for (String tag : tags) {
      if (tag.length() > TAG_LENGTH_MAX || !TAG.matcher(tag).matches()) {
        throw new IllegalArgumentException(
            "tag '%s' must have 3 to %d characters and match %s"
                .formatted(tag, TAG_LENGTH_MAX, TAG.pattern()));
      }
    }
  }

  /** Queue {@code "default"}, priority 1, due at once. */
  public static InsertOptions defaults() {
    return DEFAULTS;
  }

  public InsertOptions withQueue(String queue) {
    return new InsertOptions(queue, priority, maxAttempts, scheduledAt, pending, metadata, tags);
  }

  public InsertOptions withPriority(int priority) {
    return new InsertOptions(queue, priority, maxAttempts, scheduledAt, pending, metadata, tags);
  }

  public InsertOptions withMaxAttempts(int maxAttempts) {
    return new InsertOptions(queue, priority, maxAttempts, scheduledAt, pending, metadata, tags);
  }

  /** Due at this moment; a moment in the past means at once. */
  public InsertOptions withScheduledAt(Instant scheduledAt) {
    return new InsertOptions(queue, priority, maxAttempts, scheduledAt, pending, metadata, tags);
  }

  /** Parked in state {@link JobState#PENDING}. */
  public InsertOptions withPending() {
    return new InsertOptions(queue, priority, maxAttempts, scheduledAt, true, metadata, tags);
  }

  /** A JSON object; checked when the job is inserted. */
  public InsertOptions withMetadata(String metadata) {
    return new InsertOptions(queue, priority, maxAttempts, scheduledAt, pending, metadata, tags);
  }

  public InsertOptions withTags(String... tags) {
    return new InsertOptions(
        queue, priority, maxAttempts, scheduledAt, pending, metadata, List.of(tags));
  }
}
