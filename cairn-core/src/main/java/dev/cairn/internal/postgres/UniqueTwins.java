package dev.cairn.internal.postgres;

import dev.cairn.CairnException;
import dev.cairn.JobState;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Finds the job that holds another job's unique key. A job does not hold its key in states that do
 * not count, such as cancelled. A job that is inserted later may then take the key, so that the
 * earlier job can no longer become available.
 */
final class UniqueTwins {
  private UniqueTwins() {}

  private static final Sql TWIN =
      Sql.of(
          "look for the holder of a unique key",
          """
          SELECT job.kind, twin.id, twin.state::text
          FROM {schema}.river_job AS job
          JOIN {schema}.river_job AS twin ON twin.unique_key = job.unique_key
            AND twin.id <> job.id
            AND twin.unique_states IS NOT NULL
            AND {schema}.river_job_state_in_bitmask(twin.unique_states, twin.state)
          WHERE job.id = :id
            AND job.state <> 'running'
            AND {schema}.river_job_state_in_bitmask(
              job.unique_states, :next::text::{schema}.river_job_state)
          """);

  /**
   * Requires that a job can take back its unique key.
   *
   * @throws IllegalStateException if another job holds it
   */
  static void requireNone(Session session, long id, JobState next) {
    refusals(session, id, next).stream()
        .findFirst()
        .ifPresent(refusal -> {
          throw refusal;
        });
  }

  private static List<IllegalStateException> refusals(Session session, long id, JobState next) {
    return session.list(
        TWIN,
        Map.of("id", id, "next", next.label()),
        row ->
            new IllegalStateException(
                "job %d (%s) cannot become %s: job %d, which is %s, holds its unique key. Delete job %d first, or cancel it if it has not ended [CAIRN-405]"
                    .formatted(
                        id,
                        row.getString(1),
                        next.label(),
                        row.getLong(2),
                        row.getString(3),
                        row.getLong(2))));
  }

  /** Whether a change has failed because another job holds a unique key. */
  static boolean isDuplicate(CairnException failure) {
    return failure.getCause() instanceof SQLException cause && SqlErrors.isDuplicate(cause);
  }

  /**
   * The exception for a change that has failed: another job may have taken the key at the same
   * moment.
   *
   * @param session the session to find that job; null if the failure has ended the transaction
   */
  static RuntimeException explained(
      CairnException failure, @Nullable Session session, long id, JobState next) {
    if (!isDuplicate(failure)) {
      return failure;
    }
    IllegalStateException refusal =
        session == null ? unnamed(id, next) : refusal(session, id, next);
    refusal.initCause(failure);
    return refusal;
  }

  /**
   * The exception for a job whose unique key another job holds; names that job if it still does.
   */
  static IllegalStateException refusal(Session session, long id, JobState next) {
    return refusals(session, id, next).stream().findFirst().orElseGet(() -> unnamed(id, next));
  }

  private static IllegalStateException unnamed(long id, JobState next) {
    return new IllegalStateException(
        "job %d cannot become %s: another job has just taken its unique key. Delete or cancel that one first [CAIRN-405]"
            .formatted(id, next.label()));
  }
}
