package dev.cairn.cli.stats;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import dev.cairn.Cairn;
import dev.cairn.InsertOptions;
import dev.cairn.JobKind;
import dev.cairn.Workers;
import dev.cairn.cli.Address;
import dev.cairn.cli.Broken;
import dev.cairn.cli.CommandRun;
import dev.cairn.cli.ExitCodes;
import dev.cairn.cli.MigratedDatabase;
import dev.cairn.embedded.FreshDatabase;
import dev.cairn.resumable.Steps;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class StatsCommandTest {
  private final FreshDatabase database = MigratedDatabase.fresh();
  private final HikariDataSource pool = MigratedDatabase.pool(database);
  private final CountDownLatch mayEnd = new CountDownLatch(1);
  private final Cairn client =
      Cairn.builder(pool)
          .clientId("ada")
          .workers(
              Workers.builder()
                  .register(
                      ImportCatalog.class,
                      (job, context) ->
                          Steps.of(context)
                              .cursor(
                                  "import",
                                  Long.class,
                                  0L,
                                  cursor -> {
                                    cursor.progress(400L, 1_000L);
                                    cursor.checkpoint(400L);
                                    mayEnd.await();
                                  }))
                  .build())
          .queue("default", 5)
          .build();

  @JobKind("import_catalog")
  record ImportCatalog(String supplier) {}

  @BeforeEach
  void start() {
    client.start();
    Awaitility.await().atMost(Duration.ofMinutes(1)).until(() -> client.leader().isPresent());
  }

  @AfterEach
  void stop() {
    System.clearProperty("cairn.stdout.size");
    System.clearProperty("cairn.stdout.terminal");
    mayEnd.countDown();
    client.stopNow();
    pool.close();
  }

  private CommandRun stats(String... more) {
    var args = new ArrayList<>(List.of("stats", "--database-url", Address.of(database)));
    args.addAll(List.of(more));
    return CommandRun.of(args.toArray(String[]::new));
  }

  private long insertAndAwait() {
    long id = client.insert(new ImportCatalog("ACME")).id();
    client.insert(new ImportCatalog("later"), InsertOptions.defaults().withQueue("nobody"));
    Awaitility.await()
        .atMost(Duration.ofMinutes(1))
        .until(() -> client.jobs().progress(id).orElseThrow().share().orElse(0.0) == 0.4);
    return id;
  }

  @Test
  void statesRatesQueuesAndProgressAtOnce() {
    long id = insertAndAwait();

    CommandRun run = stats("--once");

    assertThat(run.exitCode()).isZero();
    assertThat(run.out())
        .contains("1 client, ada leads")
        .containsPattern("(?m)^available +1  ")
        .containsPattern("(?m)^running +1$")
        .containsPattern("(?m)^default +0 +1 +0 +-$")
        .containsPattern("(?m)^nobody +1 +0 +0 +\\d:\\d\\d$")
        .containsPattern("(?m)^ *" + id + "  import_catalog  import  \\[#{8}-{12}\\]  40 %  ");
  }

  @Test
  void endsWhenNobodyReadsOn() {
    CommandRun run =
        CommandRun.to(Broken.stream(), "stats", "--database-url", Address.of(database));

    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err()).startsWith("Error: the output could not be written");
  }

  @Test
  void looksAsJsonOneOnEachLine() {
    long id = insertAndAwait();

    List<JsonNode> looks =
        stats("--json", "--count", "2", "--interval", "1")
            .out()
            .lines()
            .map(line -> JsonMapper.shared().readTree(line))
            .toList();

    assertThat(looks).hasSize(2);
    JsonNode last = looks.getLast();
    assertThat(last.path("clients").asInt()).isEqualTo(1);
    assertThat(last.path("leader").asString()).isEqualTo("ada");
    assertThat(last.path("jobs").path("running").asLong()).isEqualTo(1);
    assertThat(last.path("running").get(0).path("id").asLong()).isEqualTo(id);
    assertThat(last.path("running").get(0).path("share").asDouble()).isEqualTo(0.4);
    assertThat(last.path("queues")).hasSize(2);
  }

  @Test
  void ratesAreThoseOfTheLastSeconds() throws SQLException {
    // A time that is still recent when a busy machine has come to the look.
    try (Connection connection = database.dataSource().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(
          """
          INSERT INTO river_job (args, kind, queue, max_attempts, state, created_at, finalized_at)
          SELECT '{}', 'import_catalog', 'nobody', 25, 'cancelled', now() + interval '5 minutes',
            now() + interval '5 minutes' * (i % 2 * 2 - 1)
          FROM generate_series(1, 20) AS i
          """);
    }

    JsonNode rates = JsonMapper.shared().readTree(stats("--once", "--json").out()).path("rates");

    assertThat(rates.path("cancelled").asDouble()).isEqualTo(1);
    assertThat(rates.path("inserted").asDouble()).isEqualTo(2);
    assertThat(rates.path("discarded").asDouble()).isZero();
  }

  /** As many as {@code insertManyFast} inserts in a second or two. */
  @Test
  void moreInsertionsThanAreLookedAtAreSaidToBeMore() throws SQLException {
    assertThat(insertedAtLeast()).isFalse();
    try (Connection connection = database.dataSource().getConnection();
        Statement statement = connection.createStatement()) {
      // The indexes that the statement does not read cost most of the time.
      statement.execute("DROP INDEX river_job_args_index, river_job_metadata_index");
      statement.execute(
          """
          INSERT INTO river_job (args, kind, queue, max_attempts, created_at)
          SELECT '{}', 'import_catalog', 'nobody', 25, now() + interval '5 minutes'
          FROM generate_series(1, 101000)
          """);
    }

    assertThat(insertedAtLeast()).isTrue();
    assertThat(stats("--once").out()).contains("10,000/s inserted, or more");
  }

  private boolean insertedAtLeast() {
    return JsonMapper.shared()
        .readTree(stats("--once", "--json").out())
        .path("rates")
        .path("inserted_at_least")
        .asBoolean();
  }

  @Test
  void aTerminalIsDrawnInPlaceAndFits() {
    insertAndAwait();
    System.setProperty("cairn.stdout.terminal", "true");
    System.setProperty("cairn.stdout.size", "20 60");

    String drawn = stats("--count", "2", "--interval", "1").out();

    assertThat(drawn).startsWith("\u001b[?25l\u001b[?7l").endsWith("\r\u001b[?7h\u001b[?25h");
    assertThat(drawn).containsPattern("\u001b\\[(1\\d)A");
    assertThat(drawn.replaceAll("\u001b\\[[?0-9]*[a-zA-Z]|\r", "").lines())
        .allMatch(line -> line.length() < 60)
        .hasSizeLessThanOrEqualTo(2 * 19);
  }

  /** Pollers and the like run for days. */
  @Test
  void jobsWithoutStepsThatRunForLongerHideNone() throws SQLException {
    long id = insertAndAwait();
    try (Connection connection = database.dataSource().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(
          "INSERT INTO cairn_client (id, timeout, heartbeat_at) VALUES ('bob', interval '1 h', now())");
      statement.execute(
          """
          INSERT INTO river_job (args, kind, queue, max_attempts, state, attempt, attempted_at,
            attempted_by)
          SELECT '{}', 'poll', 'others', 25, 'running', 1, now() - interval '10 minutes', ARRAY['bob']
          FROM generate_series(1, 25)
          """);
    }

    JsonNode running =
        JsonMapper.shared().readTree(stats("--once", "--json").out()).path("running");

    assertThat(running).hasSize(1);
    assertThat(running.get(0).path("id").asLong()).isEqualTo(id);
  }

  /** A row of another program, or of a hand. */
  @Test
  void aNegativeNumberOfOneJobIsShownAsNothingDone() throws SQLException {
    insertAndAwait();
    try (Connection connection = database.dataSource().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute("UPDATE cairn_checkpoint SET done = -150 WHERE total IS NOT NULL");
    }

    CommandRun run = stats("--once");

    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(run.out()).containsPattern("import_catalog  import  \\[-{20}\\]   0 %  ");
  }

  /** A script must learn that it will get nothing, and why. */
  @Test
  void anOutageThatLastsEndsItWithTheReason() throws SQLException {
    var errors = new StringWriter();
    var command = new CommandLine(new StatsCommand(Duration.ZERO));
    command.setErr(new PrintWriter(errors, true));
    try (Connection connection = database.dataSource().getConnection();
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      statement.execute("LOCK TABLE river_job IN ACCESS EXCLUSIVE MODE");

      int exitCode =
          command.execute(
              "--count",
              "2",
              "--database-url",
              Address.of(database) + "?options=-c%20lock_timeout=200");

      assertThat(exitCode).as(errors.toString()).isEqualTo(ExitCodes.UNREACHABLE);
    }
    assertThat(errors.toString()).contains("did not come back: ", "lock timeout");
  }

  @Test
  void wrongOptionsAreWrongUsage() {
    assertThat(stats("--interval", "0").exitCode()).isEqualTo(2);
    assertThat(stats("--count", "-1").exitCode()).isEqualTo(2);
  }
}
