package dev.cairn.jobs;

import dev.cairn.JobRow;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * A place in a list of jobs: after a certain job, whatever is inserted or deleted meanwhile. Its
 * text can be passed to a browser and back. May get further components.
 *
 * @param order the order of the list
 * @param time the time of the last job, by that order; null if the order is by id
 * @param id the id of the last job
 */
public record JobCursor(JobQuery.Order order, @Nullable Instant time, long id) {
  /** The place right behind a job, in a list of this order. */
  public static JobCursor of(JobQuery.Order order, JobRow job) {
    return new JobCursor(
        order,
        switch (order) {
          case ID -> null;
          case SCHEDULED_AT -> job.scheduledAt();
          case FINALIZED_AT -> job.finalizedAt();
          case TIME -> time(job);
        },
        job.id());
  }

  private static @Nullable Instant time(JobRow job) {
    return switch (job.state()) {
      case CANCELLED, COMPLETED, DISCARDED -> job.finalizedAt();
      case RUNNING -> job.attemptedAt() == null ? job.scheduledAt() : job.attemptedAt();
      case AVAILABLE, PENDING, RETRYABLE, SCHEDULED -> job.scheduledAt();
    };
  }

  /** A text without characters that need escaping in an address. */
  public String text() {
    String plain = order + " " + (time == null ? "-" : time) + " " + id;
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString(plain.getBytes(StandardCharsets.UTF_8));
  }

  /**
   * The cursor with this text.
   *
   * @throws IllegalArgumentException if {@link #text()} did not create it
   */
  public static JobCursor parse(String text) {
    try {
      byte[] plain = Base64.getUrlDecoder().decode(text);
      String[] parts = new String(plain, StandardCharsets.UTF_8).split(" ", 3);
      Instant time = parts[1].equals("-") ? null : Instant.parse(parts[1]);
      return new JobCursor(JobQuery.Order.valueOf(parts[0]), time, Long.parseLong(parts[2]));
    } catch (IllegalArgumentException | DateTimeException | IndexOutOfBoundsException e) {
      throw new IllegalArgumentException(
          "'%s' is not a cursor of a list of jobs".formatted(text), e);
    }
  }
}
