package dev.cairn;

import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * How a job is inserted. Begin with {@link #defaults()} and change what differs; what is not said
 * comes from the arguments, if they have {@link InsertDefaults}, else from the client. Immutable.
 *
 * @param queue the queue; {@code "default"} unless set
 * @param priority 1 (most urgent, the default) to 4
 * @param maxAttempts how many attempts it has; the client's default (25) unless set
 * @param scheduledAt when it becomes due, in the years 1 to 9999; at once unless set
 * @param pending whether it waits until somebody makes it available
 * @param metadata a JSON object; empty unless set
 * @param tags free labels, each 3 to 255 letters, digits, underscores and inner hyphens
 * @param unique when it counts as a duplicate and is not inserted; never unless set
 */
public record InsertOptions(
    @Nullable String queue,
    @Nullable Integer priority,
    @Nullable Integer maxAttempts,
    @Nullable Instant scheduledAt,
    boolean pending,
    @Nullable String metadata,
    List<String> tags,
    @Nullable UniqueOptions unique) {
  private static final InsertOptions DEFAULTS =
      new InsertOptions(null, null, null, null, false, null, List.of(), null);
  private static final int QUEUE_LENGTH_MAX = 127;
  private static final int TAG_LENGTH_MAX = 255;
  private static final int MAX_ATTEMPTS_LIMIT = Short.MAX_VALUE;
  private static final Instant EARLIEST = Instant.parse("0001-01-01T00:00:00Z");
  private static final Instant LATEST = Instant.parse("+10000-01-01T00:00:00Z");
  private static final Pattern TAG = Pattern.compile("\\w[\\w\\-]+\\w");

  public InsertOptions {
    if (queue != null && (queue.isEmpty() || queue.length() > QUEUE_LENGTH_MAX)) {
      throw new IllegalArgumentException(
          "queue must have 1 to %d characters, not %d".formatted(QUEUE_LENGTH_MAX, queue.length()));
    }
    if (priority != null && (priority < 1 || priority > 4)) {
      throw new IllegalArgumentException("priority must be 1 to 4, not " + priority);
    }
    if (maxAttempts != null && (maxAttempts < 1 || maxAttempts > MAX_ATTEMPTS_LIMIT)) {
      throw new IllegalArgumentException(
          "maxAttempts must be 1 to %d, not %d".formatted(MAX_ATTEMPTS_LIMIT, maxAttempts));
    }
    if (scheduledAt != null && (scheduledAt.isBefore(EARLIEST) || !scheduledAt.isBefore(LATEST))) {
      throw new IllegalArgumentException(
          "scheduledAt must be in the years 1 to 9999, not %s: a job without a time is due at once, and one withPending() waits"
              .formatted(scheduledAt));
    }
    Objects.requireNonNull(tags, "tags");
    tags.forEach(tag -> Objects.requireNonNull(tag, "a tag"));
    tags = List.copyOf(tags);
    for (String tag : tags) {
      if (tag.length() > TAG_LENGTH_MAX || !TAG.matcher(tag).matches()) {
        throw new IllegalArgumentException(
            "tag '%s' must have 3 to %d characters and match %s"
                .formatted(tag, TAG_LENGTH_MAX, TAG.pattern()));
      }
    }
  }

  /** Nothing is said: queue {@code "default"}, priority 1, due at once. */
  public static InsertOptions defaults() {
    return DEFAULTS;
  }

  public InsertOptions withQueue(String name) {
    return new InsertOptions(
        name, priority, maxAttempts, scheduledAt, pending, metadata, tags, unique);
  }

  public InsertOptions withPriority(int urgency) {
    return new InsertOptions(
        queue, urgency, maxAttempts, scheduledAt, pending, metadata, tags, unique);
  }

  public InsertOptions withMaxAttempts(int attempts) {
    return new InsertOptions(
        queue, priority, attempts, scheduledAt, pending, metadata, tags, unique);
  }

  /**
   * Due at this moment; a moment in the past means at once.
   *
   * @throws IllegalArgumentException if it is not in the years 1 to 9999
   */
  public InsertOptions withScheduledAt(Instant due) {
    return new InsertOptions(queue, priority, maxAttempts, due, pending, metadata, tags, unique);
  }

  /** Parked in state {@link JobState#PENDING}. */
  public InsertOptions withPending() {
    return new InsertOptions(
        queue, priority, maxAttempts, scheduledAt, true, metadata, tags, unique);
  }

  /** A JSON object; checked when the job is inserted. */
  public InsertOptions withMetadata(String object) {
    return new InsertOptions(
        queue, priority, maxAttempts, scheduledAt, pending, object, tags, unique);
  }

  public InsertOptions withTags(String... labels) {
    Objects.requireNonNull(labels, "labels");
    return new InsertOptions(
        queue,
        priority,
        maxAttempts,
        scheduledAt,
        pending,
        metadata,
        Arrays.asList(labels),
        unique);
  }

  /** Not inserted if it is a duplicate by these rules. */
  public InsertOptions withUnique(UniqueOptions rules) {
    return new InsertOptions(
        queue, priority, maxAttempts, scheduledAt, pending, metadata, tags, rules);
  }

  /** These options, and where they say nothing, the others. */
  InsertOptions orElse(InsertOptions others) {
    return new InsertOptions(
        queue == null ? others.queue : queue,
        priority == null ? others.priority : priority,
        maxAttempts == null ? others.maxAttempts : maxAttempts,
        scheduledAt == null ? others.scheduledAt : scheduledAt,
        pending || others.pending,
        metadata == null ? others.metadata : metadata,
        tags.isEmpty() ? others.tags : tags,
        unique == null ? others.unique : unique);
  }
}
