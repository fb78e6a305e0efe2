package dev.cairn.internal.postgres;

import dev.cairn.AttemptError;
import dev.cairn.JobRow;
import dev.cairn.JobState;
import dev.cairn.internal.json.StoredJson;
import dev.cairn.jobs.JobQuery;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/*
 * A role that may insert can write rows that no client writes. Such rows must not prevent other
 * jobs from being read or worked, so no method here throws for a value that a column can hold:
 *
 * times        infinity is Instant.MAX, -infinity Instant.MIN; see Times for the way back
 * names        NULLs are left out, and arrays of several dimensions are read in the order of
 *              storage
 * states       a state that only a newer River has is PENDING: another program decides about it
 * errors       an error that is not an object, or whose time cannot be read, has Instant.EPOCH as
 *              its time and its whole JSON as its text
 */

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

  /** The same columns without arguments, metadata and errors, which may be large. */
  private static final String JOB_WITHOUT_CONTENTS =
      JOB.replace("job.args,", "'{}'::text AS args,")
          .replace("job.metadata,", "'{}'::text AS metadata,")
          .replace("to_jsonb(job.errors),", "NULL::text AS errors,");

  private Rows() {}

  /** The columns that {@link #job} reads for a query. */
  static String columns(JobQuery query) {
    return query.contents() ? JOB : JOB_WITHOUT_CONTENTS;
  }

  static JobRow job(ResultSet row) throws SQLException {
    return new JobRow(
        row.getLong(1),
        state(row.getString(2)),
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

  static JobState state(String label) {
    try {
      return JobState.ofLabel(label);
    } catch (IllegalArgumentException newerThanThisVersion) {
      return JobState.PENDING;
    }
  }

  static Instant instant(ResultSet row, int column) throws SQLException {
    return Times.of(row.getObject(column, OffsetDateTime.class));
  }

  static @Nullable Instant nullableInstant(ResultSet row, int column) throws SQLException {
    OffsetDateTime moment = row.getObject(column, OffsetDateTime.class);
    return moment == null ? null : Times.of(moment);
  }

  static @Nullable Long nullableLong(ResultSet row, int column) throws SQLException {
    long number = row.getLong(column);
    return row.wasNull() ? null : number;
  }

  static List<String> strings(ResultSet row, int column) throws SQLException {
    var array = row.getArray(column);
    if (array == null) {
      return List.of();
    }
    var strings = new ArrayList<String>();
    addStrings(array.getArray(), strings);
    return strings;
  }

  private static void addStrings(@Nullable Object element, List<String> strings) {
    switch (element) {
      case null -> {}
      case Object[] nested -> Arrays.stream(nested).forEach(each -> addStrings(each, strings));
      case Object text -> strings.add(text.toString());
    }
  }

  /** The errors in a JSON array, which other programs may have written. */
  static List<AttemptError> errors(@Nullable String json) {
    var errors = new ArrayList<AttemptError>();
    if (json != null) {
      for (JsonNode error : StoredJson.read(json)) {
        errors.add(error(error));
      }
    }
    return errors;
  }

  private static AttemptError error(JsonNode error) {
    JsonNode at = error.path("at");
    JsonNode text = error.path("error");
    Instant time = at.isMissingNode() ? Instant.EPOCH : Times.parsed(at.asString(""));
    boolean isReadable =
        error.isObject() && time != null && (text.isMissingNode() || text.isString());
    return new AttemptError(
        time == null ? Instant.EPOCH : time,
        error.path("attempt").asInt(0),
        isReadable ? text.asString("") : StoredJson.text(error),
        error.path("trace").asString(""));
  }
}
