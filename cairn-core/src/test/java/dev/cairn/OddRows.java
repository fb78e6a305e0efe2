package dev.cairn;

import dev.cairn.OddValues.Odd;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/** Jobs that are healthy but for one column, in rows that no client has written. */
final class OddRows {
  private final TestDatabase database;
  private final List<Odd> values;

  OddRows(TestDatabase database) {
    this.database = database;
    this.values = OddValues.of(database, "river_job");
  }

  /** One odd value for each row to come. */
  List<Odd> values() {
    return values;
  }

  /** Those of one column. */
  List<Odd> values(String column) {
    return values.stream().filter(odd -> odd.column().equals(column)).toList();
  }

  /** The columns, in their order. */
  List<String> columns() {
    return values.stream().map(Odd::column).distinct().toList();
  }

  /** Inserts a healthy job. */
  long insert(JobState state, String queue) {
    return insert(healthy(state, queue)).orElseThrow();
  }

  /** Inserts a job with one odd column; empty if the table refuses it. */
  OptionalLong insert(Odd odd, JobState state, String queue) {
    Map<String, String> columns = healthy(state, queue);
    columns.put(odd.column(), odd.value());
    return insert(columns);
  }

  private OptionalLong insert(Map<String, String> columns) {
    Optional<String> id = insert(database, "river_job", columns, "id");
    return id.isPresent() ? OptionalLong.of(Long.parseLong(id.get())) : OptionalLong.empty();
  }

  /**
   * Inserts a row.
   *
   * @param columns in the terms of SQL
   * @param returned one of the columns
   * @return its value; empty if the table refuses the row
   */
  static Optional<String> insert(
      TestDatabase database, String table, Map<String, String> columns, String returned) {
    String sql =
        "INSERT INTO %s.%s (%s) VALUES (%s) RETURNING %s"
            .formatted(
                database.schema(),
                table,
                String.join(", ", columns.keySet()),
                String.join(", ", columns.values()),
                returned);
    try {
      return Optional.ofNullable(database.text(sql.replace("?", "??")));
    } catch (IllegalStateException refused) {
      // A check, a key or the type itself: this is no row that can be there.
      if (refused.getMessage() != null
          && refused.getMessage().matches("(?s).*(violates|out of range|too long|exceeds).*")) {
        return Optional.empty();
      }
      throw refused;
    }
  }

  /** What each column holds in a job that is well; in the terms of SQL. */
  private static Map<String, String> healthy(JobState state, String queue) {
    var columns = new LinkedHashMap<String, String>();
    columns.put("state", "'%s'".formatted(state.label()));
    columns.put("kind", "'odd'");
    columns.put("args", "'{\"number\":1}'");
    columns.put("queue", "'%s'".formatted(queue));
    columns.put("max_attempts", "25");
    columns.put(
        "scheduled_at",
        switch (state) {
          case RETRYABLE, SCHEDULED -> "now() + interval '1 hour'";
          default -> "now() - interval '1 second'";
        });
    switch (state) {
      case RUNNING, RETRYABLE, COMPLETED, DISCARDED -> {
        columns.put("attempt", "1");
        columns.put("attempted_at", "now()");
        columns.put("attempted_by", "'{somebody}'");
      }
      case AVAILABLE, CANCELLED, PENDING, SCHEDULED -> {}
    }
    if (state == JobState.RETRYABLE || state == JobState.DISCARDED) {
      columns.put(
          "errors",
          "ARRAY['{\"at\":\"2026-01-01T00:00:00Z\",\"attempt\":1,\"error\":\"e\",\"trace\":\"\"}'::jsonb]");
    }
    if (state.isFinal()) {
      columns.put("finalized_at", "now()");
    }
    return columns;
  }
}
