package dev.cairn.internal.postgres;

import dev.cairn.AttemptError;
import dev.cairn.JobRow;
import dev.cairn.JobState;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Turns result rows into Cairn's records. */
final class Rows {
  /**
   * The columns that {@link #job} reads, of a table named {@code job}. Most jobs have no tags, and
   * null is read faster than an empty array.
   */
  static final String JOB =
      """
      job.id, job.state::text, job.kind, job.args, job.attempt, job.max_attempts, job.priority,
      job.queue, nullif(job.tags, '{}') AS tags, job.metadata, to_jsonb(job.errors),
      job.attempted_by, job.created_at, job.scheduled_at, job.attempted_at, job.finalized_at\
      """;

  private static final JsonMapper MAPPER = JsonMapper.shared();

  private Rows() {}

  static JobRow job(ResultSet row) throws SQLException {
    return new JobRow(
        row.getLong(1),
        JobState.ofLabel(row.getString(2)),
        row.getString(3),
        row.getString(4),
        row.getInt(5),
        row.getInt(6),
        row.getInt(7),
        row.getString(8),
        strings(row, 9),
        row.getString(10),
        errors(row.getString(11)),
        strings(row, 12),
        instant(row, 13),
        instant(row, 14),
        nullableInstant(row, 15),
        nullableInstant(row, 16));
  }

  static Instant instant(ResultSet row, int column) throws SQLException {
    return row.getObject(column, OffsetDateTime.class).toInstant();
  }

  static @Nullable Instant nullableInstant(ResultSet row, int column) throws SQLException {
    OffsetDateTime moment = row.getObject(column, OffsetDateTime.class);
    return moment == null ? null : moment.toInstant();
  }

  static @Nullable Long nullableLong(ResultSet row, int column) throws SQLException {
    long number = row.getLong(column);
    return row.wasNull() ? null : number;
  }

  static List<String> strings(ResultSet row, int column) throws SQLException {
    var array = row.getArray(column);
    return array == null ? List.of() : List.of((String[]) array.getArray());
  }

  private static List<AttemptError> errors(@Nullable String json) {
    var errors = new ArrayList<AttemptError>();
    if (json != null) {
      for (JsonNode error : MAPPER.readTree(json)) {
        errors.add(error(error));
      }
    }
    return errors;
  }

  private static AttemptError error(JsonNode error) {
    return new AttemptError(
        Instant.parse(error.path("at").asString("1970-01-01T00:00:00Z")),
        error.path("attempt").asInt(0),
        error.path("error").asString(""),
        error.path("trace").asString(""));
  }
}
