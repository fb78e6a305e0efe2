package dev.cairn.dashboard;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import javax.sql.DataSource;

/** Fills a schema with jobs of all states, without working any. */
final class SampleJobs {
  private static final String SOME_OF_EACH =
      """
      INSERT INTO "{schema_name}".river_job (state, kind, queue, args, metadata, tags, priority, attempt,
        max_attempts, errors, attempted_by, created_at, scheduled_at, attempted_at, finalized_at)
      SELECT state::"{schema_name}".river_job_state, kind, queue,
        jsonb_build_object('customer', number, 'password', 'geheim', 'note', 'Zeile ' || number),
        jsonb_build_object('output', jsonb_build_object('rows', number), 'source', 'sample'),
        ARRAY['tag' || number % 5],
        1 + number % 4,
        CASE WHEN state IN ('available', 'scheduled', 'pending') THEN 0 ELSE 1 + number % 3 END,
        25,
        CASE WHEN state IN ('retryable', 'discarded') THEN ARRAY[
          jsonb_build_object('at', '2026-01-01T00:00:00Z', 'attempt', 1,
            'error', 'the supplier does not answer' || E'\\n' || 'at line 2', 'trace', 'at Shop.buy'),
          jsonb_build_object('at', '2026-01-01T00:01:00Z', 'attempt', 2,
            'error', 'the supplier does not answer' || E'\\n' || 'at line 2', 'trace', 'at Shop.buy')]
          END,
        CASE WHEN state IN ('available', 'scheduled', 'pending') THEN NULL
          ELSE ARRAY['web-' || number % 3] END,
        now() - number * interval '1 second',
        CASE WHEN state IN ('scheduled', 'retryable') THEN now() + number * interval '1 minute'
          ELSE now() - number * interval '1 second' END,
        CASE WHEN state IN ('available', 'scheduled', 'pending') THEN NULL
          ELSE now() - number * interval '1 second' END,
        CASE WHEN state IN ('completed', 'cancelled', 'discarded')
          THEN now() - number * interval '1 second' END
      FROM (
        SELECT number, (ARRAY[{states}])[1 + number % {state_count}] AS state,
          (ARRAY['send_mail', 'import_prices', 'resize_image', 'bill'])[1 + (number / 7) % 4] AS kind,
          (ARRAY['default', 'mail', 'bulk'])[1 + (number / 5) % 3] AS queue
        FROM generate_series(1, {number}) AS number
      ) AS jobs
      """;

  private final DataSource dataSource;
  private final String schema;

  SampleJobs(DataSource dataSource, String schema) {
    this.dataSource = dataSource;
    this.schema = schema;
  }

  /** Jobs of these states in turn, none of which a client works. */
  SampleJobs insert(int number, String... states) throws SQLException {
    String list = "'" + String.join("', '", states) + "'";
    return execute(
        SOME_OF_EACH
            .replace("{schema_name}", schema)
            .replace("{number}", Integer.toString(number))
            .replace("{states}", list)
            .replace("{state_count}", Integer.toString(states.length)));
  }

  /** Runs a statement, in which {@code {schema}} stands for the schema. */
  SampleJobs execute(String sql) throws SQLException {
    try (Connection connection = dataSource.getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(sql.replace("{schema}", '"' + schema + '"'));
    }
    return this;
  }

  /** The id of the newest job in a state. */
  long newest(String state) throws SQLException {
    return number("SELECT max(id) FROM {schema}.river_job WHERE state = '%s'".formatted(state));
  }

  /** The number that a query gives. */
  long number(String sql) throws SQLException {
    try (Connection connection = dataSource.getConnection();
        Statement statement = connection.createStatement();
        var rows = statement.executeQuery(sql.replace("{schema}", '"' + schema + '"'))) {
      rows.next();
      return rows.getLong(1);
    }
  }

  /** Steps, items that were put aside, logs and acts of a job. */
  SampleJobs furnish(long id) throws SQLException {
    return execute(
        """
        INSERT INTO {schema}.cairn_checkpoint (job_id, name, position, finished, value, claimed_at,
          sequence, attempt, started_at, spent_ms, done, total)
        VALUES (%1$d, 'read', 1, true, '{"rows": 9007199254740993}', now(), 1, 1, now() - interval '1 hour', 1000, 10, 10),
          (%1$d, 'write', 2, false, '{"line": 12345678901234567890, "password": "geheim"}', now(), 2, 1, now() - interval '50 minutes', 60000, 9007199254740993, 9007199254740999);
        INSERT INTO {schema}.cairn_quarantine (job_id, step, item, position, error, crashes)
        VALUES (%1$d, 'write', 'digest', '{"line": 7, "password": "geheim"}', 'a bad line', 1);
        UPDATE {schema}.river_job SET metadata = metadata || '{"river:rescue_count": 2, "cairn:interruptions": 1,
          "river:log": [{"attempt": 1, "log": "began\\n"}, {"attempt": 1, "log": "ended"}, {"attempt": 2, "log": "again"}],
          "cairn:operations": [{"at": "2026-01-01T00:00:00Z", "verb": "pause", "by": "ada", "reason": "tea"},
            {"at": "2026-01-01T00:00:01Z", "verb": "rewind", "by": "ada", "detail": "write to {\\"line\\": 5}"}]}'
        WHERE id = %1$d
        """
            .formatted(id));
  }
}
