package dev.cairn.internal.postgres;

import dev.cairn.JobOperation;
import dev.cairn.JobProgress;
import dev.cairn.JobState;
import dev.cairn.StepProgress;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Reads how far a job has come: the view, and beside it each step. */
final class ProgressRows {
  private static final JsonMapper MAPPER = JsonMapper.shared();

  private ProgressRows() {}

  // The metadata themselves stay in the database: they may hold megabytes of logs.
  static final Sql SELECT =
      Sql.of(
          "look at the progress of a job",
          """
          SELECT now(), job.id, job.kind, job.queue, job.state::text, job.attempt,
            job.state = 'running' AND job.metadata #>> '{cairn:request,verb}' = 'pause',
            progress.step,
            progress.rate,
            (extract(epoch FROM progress.time_left) * 1000)::bigint,
            (extract(epoch FROM progress.spent) * 1000)::bigint,
            progress.saved_at,
            coalesce((job.metadata ->> 'cairn:interruptions')::integer, 0),
            coalesce((job.metadata ->> 'river:rescue_count')::integer, 0),
            coalesce((job.metadata ->> 'snoozes')::integer, 0),
            job.metadata -> 'cairn:operations',
            (
              SELECT jsonb_agg(
                jsonb_build_array(checkpoint.name, checkpoint.position, checkpoint.finished,
                  checkpoint.is_running, checkpoint.attempt, %2$s,
                  checkpoint.spent_ms + CASE WHEN checkpoint.is_running
                    THEN greatest(extract(epoch FROM now() - checkpoint.saved_at) * 1000, 0)::bigint
                    ELSE 0 END,
                  %3$s, checkpoint.done, checkpoint.total,
                  CASE WHEN NOT checkpoint.finished THEN checkpoint.value::text END,
                  octet_length(checkpoint.value::text))
                ORDER BY checkpoint.started_at NULLS FIRST, checkpoint.position, checkpoint.name)
              FROM (
                SELECT checkpoint.*, NOT checkpoint.finished AND job.state = 'running'
                  AND %1$s AS is_running
                FROM {schema}.cairn_checkpoint AS checkpoint
                WHERE checkpoint.job_id = job.id
              ) AS checkpoint
            )
          FROM {schema}.river_job AS job
          LEFT JOIN LATERAL (
            SELECT * FROM {schema}.cairn_job_progress AS progress WHERE progress.job_id = :id
          ) AS progress ON true
          WHERE job.id = :id
          """
              .formatted(
                  Fragments.claimedAt("checkpoint.claimed_at"),
                  Fragments.micros("checkpoint.started_at"),
                  Fragments.micros("checkpoint.saved_at")));

  static JobProgress progress(ResultSet row) throws SQLException {
    List<StepProgress> steps = steps(row.getString(17));
    String current = row.getString(8);
    double rate = row.getDouble(9);
    boolean noRate = row.wasNull();
    Long leftMillis = Rows.nullableLong(row, 10);
    return new JobProgress(
        Rows.instant(row, 1),
        row.getLong(2),
        row.getString(3),
        row.getString(4),
        JobState.ofLabel(row.getString(5)),
        row.getInt(6),
        row.getBoolean(7),
        steps.stream().filter(step -> step.name().equals(current)).findFirst().orElse(null),
        noRate ? null : rate,
        leftMillis == null ? null : Duration.ofMillis(leftMillis),
        Duration.ofMillis(row.getLong(11)),
        Rows.nullableInstant(row, 12),
        row.getInt(13),
        row.getInt(14),
        row.getInt(15),
        steps,
        operations(row.getString(16)));
  }

  private static List<StepProgress> steps(@Nullable String json) {
    var steps = new ArrayList<StepProgress>();
    if (json != null) {
      for (JsonNode step : MAPPER.readTree(json)) {
        steps.add(step(step));
      }
    }
    return steps;
  }

  private static StepProgress step(JsonNode step) {
    Long startedAt = number(step.get(5));
    return new StepProgress(
        step.get(0).asString(),
        step.get(1).isNull() ? null : step.get(1).asInt(),
        step.get(2).asBoolean(),
        step.get(3).asBoolean(),
        step.get(4).isNull() ? null : step.get(4).asInt(),
        startedAt == null ? null : instant(startedAt),
        Duration.ofMillis(step.get(6).asLong()),
        instant(step.get(7).asLong()),
        number(step.get(8)),
        number(step.get(9)),
        step.get(10).isNull() ? null : step.get(10).asString(),
        step.get(11).asInt(0));
  }

  private static @Nullable Long number(JsonNode node) {
    return node.isNull() ? null : node.asLong();
  }

  private static Instant instant(long micros) {
    return Instant.EPOCH.plus(micros, ChronoUnit.MICROS);
  }

  private static List<JobOperation> operations(@Nullable String json) {
    var operations = new ArrayList<JobOperation>();
    if (json != null) {
      for (JsonNode operation : MAPPER.readTree(json)) {
        operations.add(
            new JobOperation(
                Instant.parse(operation.path("at").asString("1970-01-01T00:00:00Z")),
                operation.path("verb").asString(""),
                operation.path("by").asString(""),
                operation.path("detail").asString(null)));
      }
    }
    return operations;
  }
}
