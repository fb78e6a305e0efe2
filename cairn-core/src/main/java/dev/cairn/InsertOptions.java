package dev.cairn;

import dev.cairn.internal.options.Durations;
import dev.cairn.internal.options.JobLimits;
import dev.cairn.internal.options.Option;
import dev.cairn.internal.options.Options;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * How a job is inserted. Start with {@link #defaults()} and change what differs. Options that are
 * not set come from the arguments if they implement {@link InsertDefaults}, and otherwise from the
 * client. Immutable.
 */
public final class InsertOptions {
  private static final Option<@Nullable String> QUEUE = Option.of("queue");
  private static final Option<@Nullable Integer> PRIORITY = Option.of("priority");
  private static final Option<@Nullable Integer> MAX_ATTEMPTS = Option.of("maxAttempts");
  private static final Option<@Nullable Instant> SCHEDULED_AT = Option.of("scheduledAt");
  private static final Option<@Nullable Duration> DELAY = Option.of("delay");
  private static final Option<Boolean> PENDING = Option.of("pending", false);
  private static final Option<@Nullable String> METADATA = Option.of("metadata");
  private static final Option<@Nullable List<String>> TAGS = Option.of("tags");
  private static final Option<@Nullable UniqueOptions> UNIQUE = Option.of("unique");

  private static final InsertOptions DEFAULTS = new InsertOptions(Options.none());
  private static final int TAG_LENGTH_MAX = 255;
  private static final Pattern TAG = Pattern.compile("\\w[\\w\\-]+\\w");

  private final Options options;

  private InsertOptions(Options options) {
    this.options = options;
  }

  /** No options are set: queue {@code "default"}, priority 1, due at once. */
  public static InsertOptions defaults() {
    return DEFAULTS;
  }

  private <T extends @Nullable Object> InsertOptions with(Option<T> option, T value) {
    return new InsertOptions(options.with(option, value));
  }

  /** The queue; null for {@code "default"}. */
  public @Nullable String queue() {
    return options.get(QUEUE);
  }

  /**
   * The queue of the job; {@code "default"} unless set.
   *
   * @throws IllegalArgumentException if the name does not have 1 to 127 characters
   */
  public InsertOptions withQueue(String name) {
    return with(QUEUE, JobLimits.queue(name));
  }

  /** 1 (most urgent) to 4; null for 1. */
  public @Nullable Integer priority() {
    return options.get(PRIORITY);
  }

  /**
   * The priority of the job: 1, the most urgent and the default, to 4.
   *
   * @throws IllegalArgumentException if it is not 1 to 4
   */
  public InsertOptions withPriority(int urgency) {
    return with(PRIORITY, JobLimits.priority(urgency));
  }

  /** How many attempts the job has; null for the client's default. */
  public @Nullable Integer maxAttempts() {
    return options.get(MAX_ATTEMPTS);
  }

  /**
   * How many attempts the job has, 1 to 32,767; the client's {@code maxAttempts} unless set.
   *
   * @throws IllegalArgumentException if the number is out of range
   */
  public InsertOptions withMaxAttempts(int attempts) {
    return with(MAX_ATTEMPTS, JobLimits.maxAttempts(attempts));
  }

  /** When the job becomes due; null for at once, or after the {@link #delay} if there is one. */
  public @Nullable Instant scheduledAt() {
    return options.get(SCHEDULED_AT);
  }

  /**
   * When the job becomes due; at once unless set, or if it is in the past. Replaces {@link
   * #withDelay}. To run the job after some time, use that instead: a time that is computed here
   * depends on the clock of this process.
   *
   * @throws IllegalArgumentException if it is not in the years 1 to 9999
   */
  public InsertOptions withScheduledAt(Instant due) {
    return with(DELAY, null)
        .with(
            SCHEDULED_AT,
            JobLimits.scheduledAt(
                due, "a job without a time is due at once, and one withPending() waits"));
  }

  /** How long after its insertion the job becomes due; null if it has no delay. */
  public @Nullable Duration delay() {
    return options.get(DELAY);
  }

  /**
   * How long after its insertion the job becomes due, by the database's clock: it does not matter
   * if the clock of this process is wrong. The time of the insertion counts, not those at which its
   * transaction begins and ends; for a periodic job, the time of the run. Replaces {@link
   * #withScheduledAt}.
   *
   * @throws IllegalArgumentException if it is not positive, or more than 36,500 days, a hundred
   *     years
   */
  public InsertOptions withDelay(Duration time) {
    if (!time.isPositive() || time.compareTo(Durations.FOREVER) > 0) {
      throw new IllegalArgumentException(
          "delay must be positive and at most %d days, not %s: a job without a delay is due at once, and one withPending() waits"
              .formatted(Durations.FOREVER.toDays(), time));
    }
    return with(SCHEDULED_AT, null).with(DELAY, time);
  }

  /** Whether the job waits until it is made available. */
  public boolean pending() {
    return options.get(PENDING);
  }

  /**
   * Inserts the job as {@link JobState#PENDING}: it waits until it is made available. There is no
   * opposite, so leave this out of {@link InsertDefaults} if some jobs must not wait.
   */
  public InsertOptions withPending() {
    return with(PENDING, true);
  }

  /** A JSON object; null for an empty one. */
  public @Nullable String metadata() {
    return options.get(METADATA);
  }

  /** The metadata of the job, a JSON object. Checked when the job is inserted. */
  public InsertOptions withMetadata(String object) {
    return with(METADATA, Objects.requireNonNull(object, "object"));
  }

  /** Free labels; none unless set. */
  public List<String> tags() {
    return Objects.requireNonNullElse(options.get(TAGS), List.of());
  }

  /**
   * The tags of the job, each of 3 to 255 letters, digits, underscores and inner hyphens. Replaces
   * earlier ones, including those of {@link InsertDefaults}: without a tag, the job has none.
   *
   * @throws IllegalArgumentException if a tag is malformed
   */
  public InsertOptions withTags(String... labels) {
    Objects.requireNonNull(labels, "labels");
    for (String tag : labels) {
      Objects.requireNonNull(tag, "a tag");
      if (tag.length() > TAG_LENGTH_MAX || !TAG.matcher(tag).matches()) {
        throw new IllegalArgumentException(
            "tag '%s' must have 3 to %d characters and match %s"
                .formatted(tag, TAG_LENGTH_MAX, TAG.pattern()));
      }
    }
    return with(TAGS, List.of(labels));
  }

  /** When the job counts as a duplicate and is not inserted; null for never. */
  public @Nullable UniqueOptions unique() {
    return options.get(UNIQUE);
  }

  /** When the job counts as a duplicate and is not inserted; never unless set. */
  public InsertOptions withUnique(UniqueOptions rules) {
    return with(UNIQUE, Objects.requireNonNull(rules, "rules"));
  }

  /**
   * These options; options that are not set come from {@code others}. A time and a delay count as
   * the same option.
   */
  public InsertOptions orElse(InsertOptions others) {
    InsertOptions rest =
        scheduledAt() == null && delay() == null
            ? others
            : others.with(SCHEDULED_AT, null).with(DELAY, null);
    return new InsertOptions(options.orElse(rest.options));
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof InsertOptions that && options.equals(that.options);
  }

  @Override
  public int hashCode() {
    return options.hashCode();
  }

  @Override
  public String toString() {
    return options.describe("InsertOptions");
  }
}
