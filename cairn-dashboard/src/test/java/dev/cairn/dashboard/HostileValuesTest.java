package dev.cairn.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.testing.CairnExtension;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import tools.jackson.databind.json.JsonMapper;

/** Whatever somebody put into the database, each view answers, with JSON and within bounds. */
class HostileValuesTest {
  @RegisterExtension static final CairnExtension cairn = new CairnExtension();

  private static final List<String> CORPUS =
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

  private static Dashboard dashboard;
  private static TestPage page;
  private static SampleJobs samples;

  @BeforeAll
  static void fill() throws Exception {
    samples = new SampleJobs(cairn.dataSource(), cairn.schema());
    samples.execute(
        "ALTER TABLE {schema}.river_job DROP CONSTRAINT IF EXISTS kind_length, DROP CONSTRAINT IF"
            + " EXISTS queue_length");
    for (String value : CORPUS) {
      insert(value);
    }
    insert("x".repeat(1 << 20));
    samples.execute(
        """
        INSERT INTO {schema}.river_job (kind, queue, max_attempts, args, metadata, errors, attempted_by, tags, created_at, scheduled_at, state, attempted_at)
        VALUES ('odd', 'odd', 1, '[1, 2]', '"no object"', ARRAY['1', '"x"', '{"at": 5, "attempt": "x", "error": {"a": 1}}', 'null']::jsonb[],
            '{{a,b},{c,NULL}}', '{{a,b}}', '-infinity', 'infinity', 'running', 'infinity'),
          ('odd', 'odd', 1, ('[' || repeat('[', 3000) || repeat(']', 3000) || ']')::jsonb, '{"river:log": "no list", "cairn:operations": {"a": [1]}, "river:rescue_count": "many", "output": null}', NULL, '{NULL}', '{}', 'infinity', '-infinity', 'retryable', NULL),
          ('odd', 'odd', 1, 'null', '{"river:log": [1, {"attempt": "x", "log": 5}, {"log": "y"}, null], "cairn:operations": [null, 1, {"at": "x"}]}', '{}', '{}', '{}', '290000-01-01', '4000-01-01 BC', 'available', NULL);
        INSERT INTO {schema}.river_job (kind, max_attempts, args, metadata)
          SELECT 'large', 1, '{}', jsonb_build_object('river:log', jsonb_agg(jsonb_build_object('attempt', n, 'log', repeat(md5(n::text), 30000)))) FROM generate_series(1, 8) AS n;
        INSERT INTO {schema}.cairn_client (id, started_at, heartbeat_at, timeout) VALUES ('odd', '-infinity', 'infinity', '100000 years'), ('odd2', now(), '200000-01-01', '-1 day')
        """);
    dashboard =
        Dashboard.builder(cairn.dataSource())
            .schema(cairn.schema())
            .access(request -> Grant.operator("ada"))
            .build();
    page = new TestPage(dashboard);
  }

  private static void insert(String value) throws Exception {
    String json = JsonMapper.shared().writeValueAsString(value);
    String tag = value.length() > 200 ? value.substring(0, 200) : value;
    String schema = '"' + cairn.schema() + '"';
    try (Connection connection = cairn.dataSource().getConnection();
        PreparedStatement job =
            connection.prepareStatement(
                """
                INSERT INTO %s.river_job (kind, queue, max_attempts, tags, args, metadata, errors, attempted_by, attempt, state, attempted_at)
                VALUES (?, ?, 5, ARRAY[?], jsonb_build_object(?::text, ?::jsonb),
                  jsonb_build_object(?::text, ?::jsonb, 'output', ?::jsonb, 'cairn:operations',
                    jsonb_build_array(jsonb_build_object('at', '2026-01-01T00:00:00Z', 'verb', ?::text, 'by', ?::text, 'detail', ?::text, 'reason', ?::text)),
                    'river:log', jsonb_build_array(jsonb_build_object('attempt', 1, 'log', ?::text))),
                  ARRAY[jsonb_build_object('at', ?::text, 'attempt', 1, 'error', ?::text, 'trace', ?::text)],
                  ARRAY[?], 1, 'running', now()) RETURNING id
                """
                    .formatted(schema))) {
      for (int i = 1; i <= 17; i++) {
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
              VALUES (?, jsonb_build_object('cairn:paused', jsonb_build_object('by', ?::text, 'reason', ?::text)), now(), now()) ON CONFLICT DO NOTHING)
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
      statement.setString(i, value);
      statement.executeUpdate();
    }
  }

  @AfterAll
  static void close() {
    dashboard.close();
  }

  private static void check(String route, TestPage.Answer answer) {
    assertThat(answer.status())
        .as(route + " " + answer.text().substring(0, Math.min(300, answer.text().length())))
        .isEqualTo(200);
    assertThat(answer.json().isObject()).isTrue();
    if (!route.endsWith("openapi.json")) {
      assertThat(answer.text()).doesNotContain("<", "\u2028", "\u2029", "\n");
    }
    assertThat(answer.text().length()).as(route).isLessThan(3_000_000);
    assertThat(answer.headers().get("Content-Type")).startsWith("application/json");
  }

  @Test
  void eachViewOfEachJobAnswers() throws Exception {
    long last = samples.number("SELECT max(id) FROM {schema}.river_job");
    for (long id = samples.number("SELECT min(id) FROM {schema}.river_job"); id <= last; id++) {
      for (String part : List.of("", "/args", "/metadata", "/output", "/log")) {
        String path = "/api/jobs/%d%s".formatted(id, part);
        check(path, page.get(path));
      }
    }
  }

  @Test
  void eachListAnswers() {
    for (String route : dashboard.routes()) {
      if (route.startsWith("GET ") && !route.contains("{")) {
        check(route, page.get(route.substring(4)));
      }
    }
    for (String sort : List.of("stalled", "crashes", "quarantined")) {
      check(sort, page.get("/api/jobs?sort=" + sort));
    }
    for (String dir : List.of("asc", "desc")) {
      check(dir, page.get("/api/jobs?order=time&limit=200&dir=" + dir));
    }
  }

  @Test
  void hostileParametersAreValuesAndNothingElse() {
    for (String value : CORPUS) {
      String encoded = java.net.URLEncoder.encode(value, java.nio.charset.StandardCharsets.UTF_8);
      for (String name : List.of("kind", "queue", "tag")) {
        TestPage.Answer answer = page.get("/api/jobs?" + name + "=" + encoded);
        check(name, answer);
        assertThat(answer.json().path("jobs").size()).as(name + value).isEqualTo(1);
      }
      check("kinds", page.get("/api/kinds?prefix=" + encoded));
      TestPage.Answer found =
          page.post(
              "/api/jobs/search",
              JsonMapper.shared()
                  .writeValueAsString(
                      java.util.Map.of(
                          "args",
                          JsonMapper.shared().writeValueAsString(java.util.Map.of(value, value)))));
      check("search", found);
      assertThat(found.json().path("jobs").size()).as(value).isEqualTo(1);
    }
    assertThat(page.post("/api/jobs/search", "{\"kind\": \"\\uD800\"}").status()).isIn(200, 400);
    assertThat(page.post("/api/jobs/search", "{\"kind\": \"\\u0000\"}").status()).isEqualTo(400);
    assertThat(
            page.post("/api/jobs/search", "{\"args\": \"{\\\"a\\\": \\\"\\\\u0000\\\"}\"}")
                .status())
        .isEqualTo(400);
    String deep = "[".repeat(20_000) + "]".repeat(20_000);
    assertThat(page.post("/api/jobs/search", "{\"kind\": " + deep + "}").status()).isEqualTo(400);
    assertThat(page.post("/api/jobs/search", "{\"args\": \"" + deep + "\"}").status())
        .isEqualTo(400);
  }
}
