package dev.cairn.dashboard;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.util.List;
import javax.sql.DataSource;
import tools.jackson.databind.json.JsonMapper;

/** Jobs whose every field is what somebody wrote to harm those who look at it. */
final class HostileJobs {
  static final List<String> CORPUS =
      List.of(
          "<script>alert(1)</script>",
          "\"><img src=x onerror=alert(1)>",
          "\u202Etxt.exe\u2066",
          "\u2028\u2029\uFEFF",
          "\u001b]0;title\u0007\u001b[2J",
          "\r\nevent: data\r\ndata: {}\r\n\r\n",
          "'; DROP TABLE river_job; --",
          "%s %n {schema} :id ? ${x}",
          "\uD83D\uDE00\uDBFF\uDFFF",
          "\\u0000 \\uD800",
          "..%2F../",
          "null");

  private HostileJobs() {}

  /** A job of each value of the corpus, one with long texts, and some whose fields are odd. */
  static void insert(DataSource dataSource, String schema) throws Exception {
    var samples = new SampleJobs(dataSource, schema);
    samples.execute(
        "ALTER TABLE {schema}.river_job DROP CONSTRAINT IF EXISTS kind_length, DROP CONSTRAINT IF"
            + " EXISTS queue_length");
    for (String value : CORPUS) {
      insert(dataSource, schema, value);
    }
    insert(dataSource, schema, "x".repeat(1 << 20));
    samples.execute(
        """
        UPDATE {schema}.river_job SET metadata = metadata || jsonb_build_object('cairn:takeovers', jsonb_build_array(
          jsonb_build_object('at', '2026-01-01T00:00:00Z', 'client', attempted_by[1], 'claimed', kind), 1, kind));
        INSERT INTO {schema}.river_job (kind, queue, max_attempts, args, metadata, errors, attempted_by, tags, created_at, scheduled_at, state, attempted_at)
        VALUES ('odd', 'odd', 1, '[1, 2]', '"no object"', ARRAY['1', '"x"', '{"at": 5, "attempt": "x", "error": {"a": 1}}', 'null']::jsonb[],
            '{{a,b},{c,NULL}}', '{{a,b}}', '-infinity', 'infinity', 'running', 'infinity'),
          ('odd', 'odd', 1, ('[' || repeat('[', 3000) || repeat(']', 3000) || ']')::jsonb, '{"river:log": "no list", "cairn:operations": {"a": [1]}, "river:rescue_count": "many", "cairn:takeovers": "many", "output": null}', NULL, '{NULL}', '{}', 'infinity', '-infinity', 'retryable', NULL),
          ('odd', 'odd', 1, 'null', '{"river:log": [1, {"attempt": "x", "log": 5}, {"log": "y"}, null], "cairn:operations": [null, 1, {"at": "x"}]}', '{}', '{}', '{}', '290000-01-01', '4000-01-01 BC', 'available', NULL);
        INSERT INTO {schema}.river_job (kind, max_attempts, args, metadata)
          SELECT 'large', 1, '{}', jsonb_build_object('river:log', jsonb_agg(jsonb_build_object('attempt', n, 'log', repeat(md5(n::text), 30000)))) FROM generate_series(1, 8) AS n;
        INSERT INTO {schema}.cairn_client (id, started_at, heartbeat_at, timeout) VALUES ('odd', '-infinity', 'infinity', '100000 years'), ('odd2', now(), '200000-01-01', '-1 day');
        INSERT INTO {schema}.cairn_periodic (id, next_run_at, updated_at) VALUES ('odd', '-infinity', 'infinity'), ('odd2', '200000-01-01', '-infinity')
        """);
  }

  private static void insert(DataSource dataSource, String name, String value) throws Exception {
    String json = JsonMapper.shared().writeValueAsString(value);
    String tag = value.length() > 200 ? value.substring(0, 200) : value;
    String schema = '"' + name + '"';
    try (Connection connection = dataSource.getConnection();
        PreparedStatement job =
            connection.prepareStatement(
                """
                INSERT INTO %s.river_job (kind, queue, max_attempts, tags, args, metadata, errors, attempted_by, attempt, state, attempted_at)
                VALUES (?, ?, 5, ARRAY[?], jsonb_build_object(?::text, ?::jsonb),
                  jsonb_build_object(?::text, ?::jsonb, 'output', ?::jsonb, 'river:periodic_job_id', ?::text, 'cairn:operations',
                    jsonb_build_array(jsonb_build_object('at', '2026-01-01T00:00:00Z', 'verb', ?::text, 'by', ?::text, 'detail', ?::text, 'reason', ?::text)),
                    'river:log', jsonb_build_array(jsonb_build_object('attempt', 1, 'log', ?::text))),
                  ARRAY[jsonb_build_object('at', ?::text, 'attempt', 1, 'error', ?::text, 'trace', ?::text)],
                  ARRAY[?], 1, 'running', now()) RETURNING id
                """
                    .formatted(schema))) {
      for (int i = 1; i <= 18; i++) {
        job.setString(
            i,
            switch (i) {
              case 3 -> tag;
              // An entry of an index has a limit.
              case 1, 2 -> tag;
              case 5, 7, 8 -> json;
              default -> value;
            });
      }
      try (var row = job.executeQuery()) {
        row.next();
        rest(connection, schema, row.getLong(1), value, tag, json);
      }
    }
  }

  private static void rest(
      Connection connection, String schema, long id, String value, String name, String json)
      throws Exception {
    try (PreparedStatement statement =
        connection.prepareStatement(
"""
            WITH a AS (INSERT INTO %1$s.cairn_checkpoint (job_id, name, position, finished, value, claimed_at, sequence, done, total)
              VALUES (?, ?, 1, false, ?::jsonb, now(), 1, 9223372036854775807, -9223372036854775808)),
            b AS (INSERT INTO %1$s.cairn_wait (job_id, step, signal) VALUES (?, ?, ?)),
            c AS (INSERT INTO %1$s.cairn_quarantine (job_id, step, item, position, error) VALUES (?, ?, ?, ?::jsonb, ?)),
            d AS (INSERT INTO %1$s.river_queue (name, metadata, updated_at, paused_at)
              VALUES (?, jsonb_build_object('cairn:paused', jsonb_build_object('by', ?::text, 'reason', ?::text, 'at', to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))), now(), now()) ON CONFLICT DO NOTHING),
            e AS (INSERT INTO %1$s.cairn_periodic (id, next_run_at) VALUES (left(?, 128), now() - interval '1 hour')
              ON CONFLICT DO NOTHING)
            INSERT INTO %1$s.cairn_client (id, timeout) VALUES (left(?, 127), '1 hour') ON CONFLICT DO NOTHING
"""
                .formatted(schema))) {
      int i = 1;
      statement.setLong(i++, id);
      statement.setString(i++, name);
      statement.setString(i++, json);
      statement.setLong(i++, id);
      statement.setString(i++, name);
      statement.setString(i++, name);
      statement.setLong(i++, id);
      statement.setString(i++, name);
      statement.setString(i++, name);
      statement.setString(i++, json);
      statement.setString(i++, value);
      statement.setString(i++, name);
      statement.setString(i++, value);
      statement.setString(i++, value);
      statement.setString(i++, value);
      statement.setString(i, value);
      statement.executeUpdate();
    }
  }
}
