package dev.cairn.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import dev.cairn.Cairn;
import dev.cairn.InsertOptions;
import dev.cairn.JobKind;
import dev.cairn.Workers;
import dev.cairn.embedded.FreshDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** {@code queues}, {@code clients} and {@code periodic}. */
class AdminCommandsTest {
  private final FreshDatabase database = MigratedDatabase.fresh();
  private final HikariDataSource pool = MigratedDatabase.pool(database);
  private final Cairn client =
      Cairn.builder(pool)
          .clientId("ada")
          .workers(Workers.builder().register(SendEmail.class, (job, context) -> {}).build())
          .queue("mail", 5)
          .build();

  @JobKind("send_email")
  record SendEmail(String to) {}

  @AfterEach
  void stop() {
    client.stopNow();
    pool.close();
  }

  private CommandRun run(String... arguments) {
    var all = new ArrayList<>(List.of(arguments));
    all.addAll(List.of("--database-url", Address.of(database)));
    return CommandRun.of(all.toArray(String[]::new));
  }

  private JsonNode json(String... arguments) {
    return JsonMapper.shared().readTree(run(arguments).out());
  }

  private void execute(String sql) throws SQLException {
    try (Connection connection = database.dataSource().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private void start() {
    client.start();
    Awaitility.await()
        .atMost(Duration.ofMinutes(1))
        .until(() -> client.leader().isPresent() && client.queues().find("mail").isPresent());
  }

  @Test
  void queuesTellWhatWaitsAndSinceWhenTheyArePaused() {
    start();
    assertThat(run("queues", "pause", "mail").out().strip()).isEqualTo("queue mail is paused");
    client.insert(new SendEmail("a"), InsertOptions.defaults().withQueue("mail"));
    client.insert(new SendEmail("b"), InsertOptions.defaults().withQueue("nobody"));

    List<String> lines = run("queues", "list").out().lines().toList();

    assertThat(lines.getFirst())
        .matches(
            "queue +available +running +scheduled +retryable +pending +discarded +oldest"
                + " +paused since +by");
    assertThat(lines.get(1)).matches("mail +1( +-){5} +\\d:\\d\\d +20\\d\\d-.*Z +\\S.*");
    assertThat(lines.get(2)).matches("nobody +1( +-){5} +\\d:\\d\\d +- +-");
    JsonNode mail =
        JsonMapper.shared()
            .readTree(run("queues", "list", "--json").out().lines().findFirst().orElseThrow());
    assertThat(mail.path("queue").asString()).isEqualTo("mail");
    assertThat(mail.path("jobs").path("available").asLong()).isEqualTo(1);
    assertThat(mail.path("paused_at").asString()).startsWith("20");
    assertThat(mail.path("updated_at").asString()).startsWith("20");

    JsonNode resumed = json("queues", "resume", "mail", "--json");
    assertThat(resumed.path("paused").asBoolean()).isFalse();
    assertThat(client.queues().find("mail").orElseThrow().isPaused()).isFalse();
  }

  @Test
  void pausedQueuesBehindVeryManyOthersAreListed() throws SQLException {
    execute(
        """
        INSERT INTO river_job (args, kind, queue, max_attempts, state)
        SELECT '{}', 'greet', 'customer-' || lpad(number::text, 4, '0'), 25, 'available'
        FROM generate_series(1, 1100) AS number
        """);
    execute(
        """
        INSERT INTO river_queue (name, updated_at, paused_at)
        VALUES ('web', now(), now()), ('xml', now(), NULL)
        """);

    CommandRun run = run("queues", "list");
    CommandRun json = run("queues", "list", "--json");

    String note = "There are more queues: of those behind 'customer-1000', only the paused ones";
    assertThat(run.out()).contains(note).containsPattern("(?m)^web( +\\?){7} +20\\d\\d-.*");
    assertThat(run.out()).doesNotContain("xml", "customer-1001");
    assertThat(json.err()).contains(note);
    assertThat(json.out().lines()).hasSize(1_001).last().asString().contains("\"web\"");
    assertThat(json("stats", "--once", "--json").path("queues_complete").asBoolean(true)).isFalse();
  }

  @Test
  void queuesWithoutJobsAreListedHoweverManyThereAre() throws SQLException {
    execute(
        """
        INSERT INTO river_queue (name, updated_at, paused_at)
        SELECT 'q' || number, now(), NULL FROM generate_series(1, 1100) AS number
        UNION ALL SELECT 'web', now(), now()
        """);

    assertThat(run("queues", "list", "--json").out().lines())
        .hasSize(1_101)
        .last()
        .asString()
        .contains("\"web\"");
  }

  @Test
  void aQueueThatNobodyKnowsIsNotFound() {
    CommandRun run = run("queues", "pause", "none");

    assertThat(run.exitCode()).isEqualTo(3);
    assertThat(run.err()).startsWith("Error: there is no queue 'none'");
    assertThat(run("queues", "resume", "none").exitCode()).isEqualTo(3);
    assertThat(run("queues").exitCode()).isEqualTo(2);
  }

  @Test
  void clientsTellWhoIsAliveAndLeads() throws SQLException {
    start();
    execute(
        """
        INSERT INTO cairn_client (id, heartbeat_at, timeout)
        VALUES ('aaron', now() - interval '1 hour', interval '15 s')
        """);

    List<String> lines = run("clients", "list").out().lines().toList();

    assertThat(lines.get(0)).matches("client +alive +leads +heartbeat +up");
    assertThat(lines.get(1)).matches("ada +yes +yes +\\d.* ago +\\d:\\d\\d");
    assertThat(lines.get(2)).matches("aaron +no +- +1:0\\d:\\d\\d ago +-");
    assertThat(run("clients", "list", "--json").out().lines())
        .extracting(line -> JsonMapper.shared().readTree(line).path("alive").asBoolean())
        .containsExactly(true, false);
  }

  @Test
  void aLeaderOfRiverIsNamed() throws SQLException {
    execute(
        """
        INSERT INTO river_leader (name, leader_id, elected_at, expires_at)
        VALUES ('default', 'gopher', now(), now() + interval '1 hour')
        """);

    assertThat(run("clients", "list").out())
        .contains("gopher is the leader, and is not a client of Cairn");
  }

  @Test
  void periodicJobsTellWhenTheyAreDue() throws SQLException {
    execute(
        """
        INSERT INTO cairn_periodic (id, next_run_at, updated_at)
        VALUES ('nightly', now() + interval '2 hours 30 s', '2026-01-02T03:04:05Z'),
          ('late', now() - interval '3 hours', now())
        """);

    List<String> lines = run("periodic", "list").out().lines().toList();

    assertThat(lines.get(0)).matches("periodic job +next run +in +moved");
    assertThat(lines.get(1)).matches("late +20.*Z +late by 3:0.*Z");
    assertThat(lines.get(2))
        .matches("nightly +20.*Z +(2:00:\\d\\d|1:5\\d:\\d\\d) +2026-01-02T03:04:05Z");
    assertThat(run("periodic", "list", "--json").out().lines())
        .extracting(line -> JsonMapper.shared().readTree(line).path("id").asString())
        .containsExactly("late", "nightly");
    assertThat(run("periodic", "list", "--schema", "elsewhere").err()).contains("migrate up");
  }

  /** Such a row was written by hand: Cairn stores the year 9999 for a job that never runs again. */
  @Test
  void infiniteTimesOfPeriodicJobsAreListed() throws SQLException {
    execute(
        """
        INSERT INTO cairn_periodic (id, next_run_at, updated_at)
        VALUES ('never', 'infinity', '-infinity'), ('always', '-infinity', 'infinity'),
          ('far', '294276-12-31 00:00:00+00', '4713-11-24 00:00:00+00 BC')
        """);

    CommandRun listed = run("periodic", "list");

    assertThat(listed.exitCode()).as(listed.err()).isZero();
    List<String> lines = listed.out().lines().toList();
    assertThat(lines.get(1)).matches("always +-infinity +- +infinity");
    assertThat(lines.get(2)).matches("far +\\+294276-12-31T.*Z +\\d+ d \\d+ h +-4712-11-24T.*Z");
    assertThat(lines.get(3)).matches("never +infinity +- +-infinity");
    List<JsonNode> json =
        run("periodic", "list", "--json")
            .out()
            .lines()
            .map(line -> JsonMapper.shared().readTree(line))
            .toList();
    assertThat(json.getFirst().path("due_in_ms").isNull()).isTrue();
    assertThat(json.getFirst().path("next_run_at").isNull()).isTrue();
    assertThat(json.getFirst().path("moved_at").isNull()).isTrue();
    assertThat(json.get(1).path("next_run_at").asString()).startsWith("+294276-12-31T");
    assertThat(json.get(1).path("due_in_ms").asLong()).isPositive();
  }
}
