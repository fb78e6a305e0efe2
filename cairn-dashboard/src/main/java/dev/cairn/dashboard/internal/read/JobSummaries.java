package dev.cairn.dashboard.internal.read;

import dev.cairn.JobState;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a list shows of each job. Large values stay in the database: of metadata, errors and tags
 * that are larger than a list can afford, nothing is read.
 */
public final class JobSummaries {
  /** Of the metadata and the errors of a job in a list, as they are stored. */
  private static final int STORED_BYTES_MAX = 65_536;

  private JobSummaries() {}

  /**
   * One job.
   *
   * @param client the last client that claimed it
   * @param error the first line of its last error
   * @param step the step it is in
   * @param crashes how many clients died with it; null if its metadata are too large to look
   * @param quarantined how many items it has put aside, up to 1,001
   */
  public record Summary(
      long id,
      JobState state,
      String kind,
      String queue,
      int priority,
      int attempt,
      int maxAttempts,
      List<String> tags,
      Instant createdAt,
      Instant scheduledAt,
      @Nullable Instant attemptedAt,
      @Nullable Instant finalizedAt,
      @Nullable String client,
      @Nullable String error,
      @Nullable String step,
      @Nullable Long done,
      @Nullable Long total,
      @Nullable Integer crashes,
      int quarantined) {
    /** When it ended, was claimed or becomes due. */
    public Instant time() {
      if (finalizedAt != null) {
        return finalizedAt;
      }
      return state == JobState.RUNNING && attemptedAt != null ? attemptedAt : scheduledAt;
    }
  }

  private static final String SELECT =
      """
      SELECT job.id, job.state::text AS state, job.kind, job.queue, job.priority, job.attempt,
        job.max_attempts,
        CASE WHEN pg_column_size(job.tags) < 8192 THEN job.tags::text[] END AS tags,
        job.created_at, job.scheduled_at, job.attempted_at, job.finalized_at,
        left(job.attempted_by[array_upper(job.attempted_by, 1)], 200) AS client,
        CASE WHEN job.errors IS NULL THEN NULL
          WHEN pg_column_size(job.errors) < {stored_max}
          THEN left(split_part(job.errors[array_upper(job.errors, 1)] ->> 'error', E'\\n', 1), 300)
          ELSE '(too large to be shown in a list)' END AS error,
        progress.step, progress.done, progress.total,
        CASE WHEN pg_column_size(job.metadata) < {stored_max} THEN
          CASE WHEN job.metadata ->> 'river:rescue_count' ~ '^[0-9]{1,9}$'
            THEN (job.metadata ->> 'river:rescue_count')::integer ELSE 0 END
        END AS crashes,
        (
          SELECT count(*)
          FROM (SELECT FROM {schema}.cairn_quarantine AS item WHERE item.job_id = job.id LIMIT 1001)
            AS items
        ) AS quarantined
      FROM {schema}.river_job AS job
      LEFT JOIN LATERAL (
        SELECT left(progress.step, 1000) AS step, progress.done, progress.total
        FROM {schema}.cairn_job_progress AS progress
        WHERE progress.job_id = job.id
          AND EXISTS (SELECT FROM {schema}.cairn_checkpoint AS mark WHERE mark.job_id = job.id)
        -- The view is asked for each job alone. Otherwise it would be computed for all jobs.
        OFFSET 0
      ) AS progress ON true
      WHERE job.id = ANY (:chosen::bigint[])\
      """
          .replace("{stored_max}", Integer.toString(STORED_BYTES_MAX));

  /** The jobs of these ids that match the filter, by their id. */
  static Map<Long, Summary> of(Snapshot snapshot, Collection<Long> ids, JobFilter filter)
      throws SQLException {
    var conditions = new FilterSql(filter);
    var values = new HashMap<>(conditions.values());
    values.put("chosen", ids);
    var found = new HashMap<Long, Summary>();
    snapshot
        .list(SELECT + conditions.and(), values, JobSummaries::summary)
        .forEach(summary -> found.put(summary.id(), summary));
    return found;
  }

  private static Summary summary(ResultSet row) throws SQLException {
    Long crashes = Snapshot.number(row, "crashes");
    return new Summary(
        row.getLong("id"),
        state(row.getString("state")),
        row.getString("kind"),
        row.getString("queue"),
        row.getInt("priority"),
        row.getInt("attempt"),
        row.getInt("max_attempts"),
        tags(row),
        Snapshot.requiredTime(row, "created_at"),
        Snapshot.requiredTime(row, "scheduled_at"),
        Snapshot.time(row, "attempted_at"),
        Snapshot.time(row, "finalized_at"),
        row.getString("client"),
        row.getString("error"),
        row.getString("step"),
        Snapshot.number(row, "done"),
        Snapshot.number(row, "total"),
        crashes == null ? null : crashes.intValue(),
        row.getInt("quarantined"));
  }

  /** A state that only a newer River knows is pending: somebody outside decides about it. */
  static JobState state(String label) {
    try {
      return JobState.ofLabel(label);
    } catch (IllegalArgumentException newer) {
      return JobState.PENDING;
    }
  }

  private static List<String> tags(ResultSet row) throws SQLException {
    var array = row.getArray("tags");
    return array == null
        ? List.of()
        : Arrays.stream((Object[]) array.getArray())
            .filter(Objects::nonNull)
            .map(Object::toString)
            .toList();
  }
}
