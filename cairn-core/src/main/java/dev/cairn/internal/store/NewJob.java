package dev.cairn.internal.store;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A job to insert, with encoded arguments.
 *
 * @param delay how long after its insertion it is due, by the database's clock; null if it has a
 *     time, or is due at once
 * @param unique the key that its duplicates share; null if the job is not unique
 * @param uniqueWhenDue computes that key from the time at which the job is due, which only the
 *     database knows; null if the key is known, or the job is not unique
 */
public record NewJob(
    String kind,
    String args,
    String metadata,
    int maxAttempts,
    int priority,
    String queue,
    @Nullable Instant scheduledAt,
    @Nullable Duration delay,
    boolean pending,
    List<String> tags,
    @Nullable UniqueKey unique,
    @Nullable Function<Instant, UniqueKey> uniqueWhenDue) {
  /** A job without a delay. */
  public NewJob(
      String kind,
      String args,
      String metadata,
      int maxAttempts,
      int priority,
      String queue,
      @Nullable Instant scheduledAt,
      boolean pending,
      List<String> tags,
      @Nullable UniqueKey unique) {
    this(
        kind,
        args,
        metadata,
        maxAttempts,
        priority,
        queue,
        scheduledAt,
        null,
        pending,
        tags,
        unique,
        null);
  }

  /** Whether the job has a key that its duplicates share, known or not. */
  public boolean isUnique() {
    return unique != null || uniqueWhenDue != null;
  }

  /**
   * This job with its key, if that depends on the time at which the job is due. Its period is then
   * that of the time with which it is inserted.
   *
   * @param now the time of the insertion, by the database's clock
   */
  public NewJob withKey(Instant now) {
    if (delay == null || uniqueWhenDue == null) {
      return this;
    }
    Instant due = now.plus(delay);
    return new NewJob(
        kind,
        args,
        metadata,
        maxAttempts,
        priority,
        queue,
        due,
        pending,
        tags,
        uniqueWhenDue.apply(due));
  }
}
