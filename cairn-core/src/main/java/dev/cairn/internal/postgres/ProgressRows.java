package dev.cairn.internal.postgres;

import dev.cairn.internal.json.MetadataKeys;
import dev.cairn.internal.json.StoredJson;
import dev.cairn.jobs.JobOperation;
import dev.cairn.jobs.JobProgress;
import dev.cairn.jobs.JobTakeover;
import dev.cairn.jobs.StepProgress;
import java.math.BigDecimal;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Reads the progress of jobs, from the view and for each step. */
final class ProgressRows {
  /**
   * The longest time that a step can have been in progress, about 95 years. A longer time is wrong
   * and is cut off.
   */
  private static final long SPENT_MS_MAX = 3_000_000_000_000L;

  private static final BigDecimal COUNT_MAX = BigDecimal.valueOf(Integer.MAX_VALUE);

  private ProgressRows() {}

  // The metadata are not read as a whole, because they may contain megabytes of logs.
  static final Sql SELECT =
      Sql.of(
          "read the progress of a job",
          Template.of(
                  """
                  SELECT now(), job.id, job.kind, job.queue, job.state::text, job.attempt,
                    job.state = 'running' AND job.metadata #>> '{{request_key},verb}' = 'pause',
                    progress.step,
                    progress.rate,
                    (extract(epoch FROM progress.time_left) * 1000)::bigint,
                    progress.saved_at,
                    job.metadata ->> '{interruptions_key}',
                    job.metadata ->> '{rescue_count_key}',
                    job.metadata ->> '{snoozes_key}',
                    job.metadata -> '{operations_key}',
                    (
                      SELECT jsonb_agg(
                        jsonb_build_array(checkpoint.name, checkpoint.position, checkpoint.finished,
                          checkpoint.is_running, checkpoint.attempt, {started_micros},
                          least(checkpoint.spent_ms, {spent_ms_max}) + CASE WHEN checkpoint.is_running
                              AND checkpoint.saved_at BETWEEN now() - {spent_ms_max} * interval '1 millisecond' AND now()
                            THEN (extract(epoch FROM now() - checkpoint.saved_at) * 1000)::bigint
                            ELSE 0 END,
                          {saved_micros}, checkpoint.done, checkpoint.total,
                          CASE WHEN NOT checkpoint.finished THEN checkpoint.value::text END,
                          octet_length(checkpoint.value::text))
                        ORDER BY checkpoint.started_at NULLS FIRST, checkpoint.position, checkpoint.name)
                      FROM (
                        SELECT checkpoint.*, NOT checkpoint.finished AND job.state = 'running' AND CASE
                          WHEN checkpoint.claimed_at = job.attempted_at THEN true
                          WHEN isfinite(checkpoint.claimed_at) AND isfinite(job.attempted_at)
                            AND greatest(checkpoint.claimed_at, job.attempted_at) < '290000-01-01'
                            THEN {claimed_at} END AS is_running
                        FROM {schema}.cairn_checkpoint AS checkpoint
                        WHERE checkpoint.job_id = job.id
                      ) AS checkpoint
                    ),
                    job.metadata -> '{takeovers_key}'
                  FROM {schema}.river_job AS job
                  LEFT JOIN LATERAL (
                    SELECT * FROM {schema}.cairn_job_progress AS progress WHERE progress.job_id = :id
                  ) AS progress ON true
                  WHERE job.id = :id
                  """)
              .with("claimed_at", Fence.claimedAt("checkpoint.claimed_at"))
              .with("started_micros", micros("checkpoint.started_at"))
              .with("saved_micros", micros("checkpoint.saved_at"))
              .with("spent_ms_max", SPENT_MS_MAX)
              .sql());

  /** A time as a whole number. Values outside of the range become its ends. */
  private static String micros(String time) {
    return "least(greatest(extract(epoch FROM %s) * 1000000, %s), %s)::bigint"
        .formatted(time, Long.MIN_VALUE, Long.MAX_VALUE);
  }

  static JobProgress progress(ResultSet row) throws SQLException {
    List<StepProgress> steps = steps(row.getString(16));
    StepProgress latest = find(steps, row.getString(8));
    StepProgress current = latest == null ? null : CurrentStep.of(latest, steps);
    double rate = row.getDouble(9);
    boolean noRate = row.wasNull() || !Objects.equals(current, latest);
    Long leftMillis = noRate ? null : Rows.nullableLong(row, 10);
    return new JobProgress(
        Rows.instant(row, 1),
        row.getLong(2),
        row.getString(3),
        row.getString(4),
        Rows.state(row.getString(5)),
        row.getInt(6),
        row.getBoolean(7),
        current,
        noRate ? null : rate,
        leftMillis == null ? null : Duration.ofMillis(leftMillis),
        spent(steps),
        Rows.nullableInstant(row, 11),
        count(row.getString(12)),
        count(row.getString(13)),
        count(row.getString(14)),
        steps,
        operations(row.getString(15)),
        takeovers(row.getString(17)));
  }

  private static @Nullable StepProgress find(List<StepProgress> steps, @Nullable String name) {
    return steps.stream().filter(step -> step.name().equals(name)).findFirst().orElse(null);
  }

  /** The time in top-level steps until now, which includes the time in nested steps. */
  private static Duration spent(List<StepProgress> steps) {
    return steps.stream()
        .filter(step -> step.position() != null)
        .map(StepProgress::spent)
        .reduce(Duration.ZERO, Duration::plus);
  }

  private static List<StepProgress> steps(@Nullable String json) {
    var steps = new ArrayList<StepProgress>();
    if (json != null) {
      for (JsonNode step : StoredJson.read(json)) {
        // Cairn's internal keys are not steps.
        if (!step.get(0).asString().startsWith(MetadataKeys.OWN_PREFIX)) {
          steps.add(step(step));
        }
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
    if (micros == Long.MAX_VALUE) {
      return Instant.MAX;
    }
    if (micros == Long.MIN_VALUE) {
      return Instant.MIN;
    }
    return Instant.EPOCH.plus(micros, ChronoUnit.MICROS);
  }

  /** A counter. A value that is not a number counts as zero. */
  private static int count(@Nullable String json) {
    if (json == null) {
      return 0;
    }
    try {
      return new BigDecimal(json).min(COUNT_MAX).max(BigDecimal.ZERO).intValue();
    } catch (NumberFormatException e) {
      return 0;
    }
  }

  private static List<JobOperation> operations(@Nullable String json) {
    var operations = new ArrayList<JobOperation>();
    if (json != null) {
      JsonNode all = StoredJson.read(json);
      for (JsonNode operation : all.isArray() ? all.values() : List.of(all)) {
        operations.add(operation(operation));
      }
    }
    return operations;
  }

  /** The takeovers, without those that cannot be read. */
  private static List<JobTakeover> takeovers(@Nullable String json) {
    var takeovers = new ArrayList<JobTakeover>();
    if (json != null) {
      for (JsonNode takeover : StoredJson.read(json).values()) {
        Instant at = Times.parsed(takeover.path("at").asString(""));
        if (at != null) {
          takeovers.add(
              new JobTakeover(
                  at,
                  takeover.path("client").asString(null),
                  Times.parsed(takeover.path("claimed").asString(""))));
        }
      }
    }
    return takeovers;
  }

  /** One operation. If it cannot be read, its whole JSON is the detail. */
  private static JobOperation operation(JsonNode operation) {
    Instant at = Times.parsed(operation.path("at").asString(""));
    JsonNode verb = operation.path("verb");
    return at == null || !verb.isString()
        ? new JobOperation(Instant.EPOCH, "", "", StoredJson.text(operation), null)
        : new JobOperation(
            at,
            verb.asString(),
            operation.path("by").asString(""),
            operation.path("detail").asString(null),
            operation.path("reason").asString(null));
  }
}
