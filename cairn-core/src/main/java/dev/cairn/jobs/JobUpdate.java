package dev.cairn.jobs;

import dev.cairn.JobState;
import dev.cairn.internal.options.JobLimits;
import dev.cairn.internal.options.Option;
import dev.cairn.internal.options.Options;
import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Changes to a job. Start with {@link #nothing()}. Metadata and output can be changed in every
 * state; time, queue, priority and number of attempts only while the job waits: while it is
 * available, scheduled, retryable or pending. Immutable.
 */
public final class JobUpdate {
  private static final Option<@Nullable String> METADATA = Option.of("metadata");
  private static final Option<@Nullable Object> OUTPUT = Option.of("output");
  private static final Option<@Nullable Instant> SCHEDULED_AT = Option.of("scheduledAt");
  private static final Option<@Nullable String> QUEUE = Option.of("queue");
  private static final Option<@Nullable Integer> PRIORITY = Option.of("priority");
  private static final Option<@Nullable Integer> MAX_ATTEMPTS = Option.of("maxAttempts");

  private static final JobUpdate NOTHING = new JobUpdate(Options.none());

  private final Options options;

  private JobUpdate(Options options) {
    this.options = options;
  }

  private <T extends @Nullable Object> JobUpdate with(Option<T> option, T value) {
    return new JobUpdate(options.with(option, value));
  }

  /** Leaves the job as it is. */
  public static JobUpdate nothing() {
    return NOTHING;
  }

  /** A JSON object to merge into the job's metadata; null for none. */
  public @Nullable String metadata() {
    return options.get(METADATA);
  }

  /**
   * Merges a JSON object into the job's metadata at the top level. The update is refused if it has
   * a key that Cairn uses itself: {@code cairn:...}, or one of River's that control the job.
   */
  public JobUpdate withMetadata(String object) {
    return with(METADATA, Objects.requireNonNull(object, "object"));
  }

  /** The new output of the job; null to leave it unchanged. */
  public @Nullable Object output() {
    return options.get(OUTPUT);
  }

  /**
   * Stores an output as key {@code output} of the metadata, as River does: anything the client's
   * codec can encode.
   */
  public JobUpdate withOutput(Object value) {
    return with(OUTPUT, Objects.requireNonNull(value, "value"));
  }

  /** When the job becomes due; null to leave it unchanged. */
  public @Nullable Instant scheduledAt() {
    return options.get(SCHEDULED_AT);
  }

  /**
   * When the job becomes due. If that time has come, by the database's clock, the job is {@link
   * JobState#AVAILABLE} at once, and due now; a job that was due before keeps its place. Otherwise
   * an available job becomes {@link JobState#SCHEDULED}, and a scheduled or retryable one stays so.
   * A pending job stays pending: after it has been resumed, it waits for this time, unless it waits
   * in a step.
   *
   * <p>A job that waits in a step keeps its wait. What it waits for still wakes it. If the job runs
   * before a sleep or a timeout is over, it sleeps or waits on. One that is over before the new
   * time ends at the new time.
   *
   * <p>The unique key of the job stays, even if it was made from the period of the earlier time.
   *
   * @throws IllegalArgumentException if it is not in the years 1 to 9999
   */
  public JobUpdate withScheduledAt(Instant due) {
    return with(
        SCHEDULED_AT,
        JobLimits.scheduledAt(
            due, "Jobs.retry makes a job available at once, and JobOperator.pause lets it wait"));
  }

  /** The new queue; null to leave it unchanged. */
  public @Nullable String queue() {
    return options.get(QUEUE);
  }

  /**
   * Moves the job to another queue. Its unique key stays, even if {@link
   * dev.cairn.UniqueOptions#withQueue()} made it from the earlier queue.
   *
   * @throws IllegalArgumentException if the name does not have 1 to 127 characters
   */
  public JobUpdate withQueue(String name) {
    return with(QUEUE, JobLimits.queue(name));
  }

  /** The new priority; null to leave it unchanged. */
  public @Nullable Integer priority() {
    return options.get(PRIORITY);
  }

  /**
   * The priority of the job: 1, the most urgent, to 4.
   *
   * @throws IllegalArgumentException if it is not 1 to 4
   */
  public JobUpdate withPriority(int urgency) {
    return with(PRIORITY, JobLimits.priority(urgency));
  }

  /** The new number of attempts; null to leave it unchanged. */
  public @Nullable Integer maxAttempts() {
    return options.get(MAX_ATTEMPTS);
  }

  /**
   * How many attempts the job has, 1 to 32,767, those included that it has used. The update is
   * refused unless this is more than it has used: {@link Jobs#cancel} the job if it is not to run
   * again.
   *
   * @throws IllegalArgumentException if the number is out of range
   */
  public JobUpdate withMaxAttempts(int attempts) {
    return with(MAX_ATTEMPTS, JobLimits.maxAttempts(attempts));
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof JobUpdate that && options.equals(that.options);
  }

  @Override
  public int hashCode() {
    return options.hashCode();
  }

  @Override
  public String toString() {
    return options.describe("JobUpdate");
  }
}
