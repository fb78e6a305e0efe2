package dev.cairn.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.embedded.FreshDatabase;
import java.io.InputStream;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Whatever stands in the database, no terminal obeys it: for every command, in every column. */
class HostileTextTest {
  /** Renames the window, sets colours in three ways, overwrites the line, and turns it round. */
  private static final String HOSTILE =
      "evil\u001b]0;owned\u0007\u001b[31m\u009b31m\r\u007f\u202egnp.exe\u2066\u200e\u061c\u2028";

  private static final String TERMINAL = "cairn.stdout.terminal";

  /** All that a picture of ours may consist of. */
  private static final String OUR_SEQUENCES = "\u001b\\[(\\?25[lh]|\\?7[lh]|[0-9]*A|K|J)|\r";

  private static final FreshDatabase SHARED = MigratedDatabase.fresh();

  @SuppressWarnings("NullAway.Init") // set before all tests
  private static Connection session;

  private final InputStream in = System.in;
  private FreshDatabase database = SHARED;

  @BeforeAll
  static void connect() throws SQLException {
    session = SHARED.dataSource().getConnection();
  }

  @AfterAll
  static void disconnect() throws SQLException {
    session.close();
  }

  /** Nobody answers, and nothing is there. */
  @BeforeEach
  void noInputAndNoRows() throws SQLException {
    System.setIn(InputStream.nullInputStream());
    execute(
        """
        TRUNCATE river_job, river_queue, river_leader, cairn_client, cairn_checkpoint,
          cairn_periodic, cairn_quarantine, cairn_signal, cairn_wait
        """);
  }

  @AfterEach
  void noTerminal() {
    System.clearProperty(TERMINAL);
    System.setIn(in);
  }

  private CommandRun run(String... arguments) {
    var all = new ArrayList<>(List.of(arguments));
    all.addAll(List.of("--database-url", Address.of(database)));
    CommandRun run = CommandRun.of(all.toArray(String[]::new));
    for (String printed : List.of(run.out(), run.err())) {
      String ours = Boolean.getBoolean(TERMINAL) ? printed.replaceAll(OUR_SEQUENCES, "") : printed;
      assertThat(ours.codePoints().filter(HostileTextTest::isObeyed))
          .as("%s printed %s", List.of(arguments), printed)
          .isEmpty();
    }
    return run;
  }

  private static boolean isObeyed(int c) {
    return switch (Character.getType(c)) {
      case Character.CONTROL -> c != '\n' && c != '\t';
      case Character.FORMAT, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR -> true;
      default -> false;
    };
  }

  /** A job with hostile text wherever there may be text. */
  private String insert(String state) throws SQLException {
    try (var insert =
        session.prepareStatement(
            """
            WITH job AS (
              INSERT INTO river_job (kind, queue, tags, attempted_by, args, metadata, errors,
                state, finalized_at, max_attempts)
              SELECT hostile, hostile, ARRAY[hostile], ARRAY[hostile], json, jsonb_build_object(
                'output', json, 'cairn:operations', jsonb_build_array(jsonb_build_object(
                  'at', now(), 'verb', hostile, 'by', hostile, 'detail', hostile))),
                ARRAY[jsonb_build_object(
                  'at', '2026-11-26T12:00:00Z', 'attempt', 1, 'error', hostile,
                  'trace', hostile)],
                state::river_job_state,
                CASE WHEN state IN ('discarded', 'completed', 'cancelled') THEN now() END, 25
              FROM (
                SELECT hostile, jsonb_build_object(hostile, hostile) AS json, state
                FROM (VALUES (?, ?)) AS given (hostile, state)
              ) AS given
              RETURNING id, kind AS hostile, args
            ), checkpoint AS (
              INSERT INTO cairn_checkpoint (job_id, name, finished, value, claimed_at, sequence)
              SELECT id, hostile, false, args, now(), 1 FROM job
            ), quarantine AS (
              INSERT INTO cairn_quarantine (job_id, step, item, position, before, error)
              SELECT id, hostile, hostile, args, args, hostile FROM job
            )
            SELECT id FROM job
            """)) {
      insert.setString(1, HOSTILE);
      insert.setString(2, state);
      try (var rows = insert.executeQuery()) {
        rows.next();
        return rows.getString(1);
      }
    }
  }

  private void execute(String sql, String... values) throws SQLException {
    try (var statement = session.prepareStatement(sql)) {
      for (int i = 0; i < values.length; i++) {
        statement.setString(i + 1, values[i]);
      }
      statement.execute();
    }
  }

  @Test
  void allColumnsWithTextAreHostileHere() throws SQLException {
    insert("available");
    try (var statement = session.createStatement();
        var rows =
            statement.executeQuery(
                """
                SELECT table_name || '.' || column_name FROM information_schema.columns
                WHERE table_name IN ('river_job', 'cairn_checkpoint', 'cairn_quarantine')
                  AND (data_type IN ('text', 'character varying', 'jsonb', 'ARRAY'))
                """)) {
      Set<String> columns = new TreeSet<>();
      while (rows.next()) {
        columns.add(rows.getString(1));
      }
      assertThat(columns)
          .containsExactly(
              "cairn_checkpoint.name",
              "cairn_checkpoint.value",
              "cairn_quarantine.before",
              "cairn_quarantine.error",
              "cairn_quarantine.item",
              "cairn_quarantine.position",
              "cairn_quarantine.step",
              "river_job.args",
              "river_job.attempted_by",
              "river_job.errors",
              "river_job.kind",
              "river_job.metadata",
              "river_job.queue",
              "river_job.tags");
    }
  }

  @Test
  void noCommandIsForgotten() {
    CommandLine main = Main.commandLine();
    assertThat(main.getSubcommands().keySet())
        .containsExactlyInAnyOrder(
            "demo",
            "demo-worker",
            "migrate",
            "roles",
            "insert",
            "work",
            "jobs",
            "dashboard",
            "queues",
            "clients",
            "periodic",
            "stats",
            "doctor",
            "completion",
            "man");
    assertThat(commandsOf(main, "queues")).containsExactlyInAnyOrder("list", "pause", "resume");
    assertThat(commandsOf(main, "clients")).containsExactly("list");
    assertThat(commandsOf(main, "periodic")).containsExactly("list");
    assertThat(commandsOf(main, "jobs"))
        .containsExactlyInAnyOrder(
            "list",
            "show",
            "watch",
            "interrupt",
            "pause",
            "resume",
            "cancel",
            "retry",
            "delete",
            "quarantine",
            "redrive",
            "restart",
            "rewind",
            "skip-step",
            "update");
    assertThat(commandsOf(main, "migrate"))
        .containsExactlyInAnyOrder("up", "down", "list", "get", "validate", "profile");
  }

  private static Set<String> commandsOf(CommandLine main, String name) {
    return Objects.requireNonNull(main.getSubcommands().get(name)).getSubcommands().keySet();
  }

  @Test
  void listAndShow() throws SQLException {
    String id = insert("available");

    assertThat(run("jobs", "list").out()).contains("evil?]0;owned??[31m?31m");
    assertThat(run("jobs", "list", "--kind", HOSTILE, "--queue", HOSTILE).out()).contains("evil?");
    CommandRun shown = run("jobs", "show", id);
    assertThat(shown.exitCode()).isZero();
    assertThat(shown.out().lines().filter(line -> line.contains("evil?")))
        .as("kind, step twice, queue, client, tags, error, operation")
        .hasSize(8);
  }

  @ParameterizedTest
  @ValueSource(strings = {"list", "show", "quarantine"})
  void jsonSaysTheSameWithEscapes(String command) throws SQLException {
    String id = insert("available");

    CommandRun run =
        command.equals("list") ? run("jobs", "list", "--json") : run("jobs", command, id, "--json");

    JsonNode first = JsonMapper.shared().readTree(run.out());
    assertThat(first.path(command.equals("quarantine") ? "step" : "kind").asString())
        .isEqualTo(HOSTILE);
    assertThat(first.findValuesAsString("error")).contains(HOSTILE);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void watch(boolean terminal) throws SQLException {
    System.setProperty(TERMINAL, Boolean.toString(terminal));

    CommandRun run = run("jobs", "watch", insert("discarded"));

    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.out()).contains("evil?]0;owned??[31m?31m");
  }

  @Test
  void quarantine() throws SQLException {
    String id = insert("available");
    assertThat(run("jobs", "quarantine", id).out().lines())
        .hasSize(2)
        .allMatch(line -> line.contains("evil?"));

    execute("DELETE FROM cairn_quarantine");
    assertThat(run("jobs", "quarantine", id).out()).contains("(evil?", "put nothing aside");
  }

  @ParameterizedTest
  @ValueSource(strings = {"interrupt", "pause", "resume", "cancel", "retry", "redrive", "restart"})
  void verbs(String verb) throws SQLException {
    for (String state : List.of("available", "pending", "discarded", "completed")) {
      CommandRun run = run("jobs", verb, insert(state), "--by", HOSTILE);
      assertThat(run.out() + run.err()).containsPattern("evil\\?|job \\d+");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"cancel", "retry", "delete"})
  void verbsForMany(String verb) throws SQLException {
    String state = verb.equals("cancel") ? "available" : "discarded";
    insert(state);
    insert(state);

    CommandRun shown = run("jobs", verb, "--kind", HOSTILE, "--dry-run");
    assertThat(shown.out()).containsPattern("2  %s +evil\\?.*evil\\?".formatted(state));
    assertThat(run("jobs", verb, "--queue", HOSTILE, "--yes").out()).contains("2 jobs");
  }

  @Test
  void deleteAsksByName() throws SQLException {
    String id = insert("available");

    assertThat(run("jobs", "delete", id).out()).contains("Delete job " + id + " (evil?");
    assertThat(run("jobs", "delete", id, "--yes").out()).contains("evil?");
  }

  @Test
  void update() throws SQLException {
    assertThat(
            run("jobs", "update", insert("available"), "--queue", HOSTILE, "--by", HOSTILE).out())
        .contains("evil?");
    CommandRun refused = run("jobs", "update", insert("discarded"), "--in", "1h");
    assertThat(refused.exitCode()).isEqualTo(1);
    assertThat(refused.err()).contains("(evil?");
    assertThat(run("jobs", "update", "1", "--in", HOSTILE).err()).contains("'evil?");
    assertThat(run("jobs", "update", "1", "--at", HOSTILE).exitCode()).isEqualTo(2);
  }

  @Test
  void verbsOfSteps() throws SQLException {
    assertThat(run("jobs", "rewind", insert("available"), "--to", HOSTILE, "--by", HOSTILE).out())
        .contains("evil?");
    assertThat(run("jobs", "rewind", insert("pending"), "--to", HOSTILE, "--cursor", HOSTILE).err())
        .startsWith("Error: ");
    assertThat(run("jobs", "skip-step", insert("available"), HOSTILE).out()).contains("evil?");
    assertThat(run("jobs", "skip-step", insert("available"), HOSTILE + "2").out())
        .contains("step 'evil?");
    assertThat(run("jobs", "skip-step", insert("available"), "x", "--result", HOSTILE).err())
        .startsWith("Error: ");
  }

  @Test
  void queuesClientsAndPeriodicJobs() throws SQLException {
    insert("available");
    execute("INSERT INTO river_queue (name, updated_at) VALUES (?, now())", HOSTILE);
    execute(
        "INSERT INTO cairn_client (id, timeout) VALUES (?, interval '1 s'), (?, interval '1 h')",
        HOSTILE,
        HOSTILE + "2");
    execute("INSERT INTO cairn_periodic (id, next_run_at) VALUES (?, now())", HOSTILE);
    execute(
        """
        INSERT INTO river_leader (name, leader_id, elected_at, expires_at)
        VALUES ('default', ?, now(), now() + interval '1 hour')
        """,
        HOSTILE + "3");

    for (String command : List.of("queues", "clients", "periodic")) {
      assertThat(run(command, "list").out()).as(command).contains("evil?]0;owned??[31m");
      assertThat(run(command, "list", "--json").out()).as(command).contains("evil\\u001B");
    }
    assertThat(run("queues", "pause", HOSTILE).out()).contains("evil?");
    assertThat(run("queues", "resume", HOSTILE).out()).contains("evil?");
    assertThat(run("queues", "pause", HOSTILE + "2").err()).contains("evil?");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void stats(boolean terminal) throws SQLException {
    System.setProperty(TERMINAL, Boolean.toString(terminal));
    insert("running");
    execute(
        """
        INSERT INTO river_leader (name, leader_id, elected_at, expires_at)
        VALUES ('default', ?, now(), now() + interval '1 hour')
        """,
        HOSTILE);

    assertThat(run("stats", "--once").out().lines().filter(line -> line.contains("evil?")))
        .as("leader, queue, running job")
        .hasSize(3);
    assertThat(run("stats", "--count", "2", "--interval", "1").out()).contains("evil?");
    assertThat(run("stats", "--once", "--json").out()).contains("evil\\u001B").hasLineCount(1);
  }

  @Test
  void doctor() throws SQLException {
    insert("running");
    insert("available");
    execute(
        "UPDATE river_job SET scheduled_at = now() - interval '1 day', attempted_at = now() -"
            + " interval '1 day'");
    execute(
        "INSERT INTO river_queue (name, updated_at, paused_at) VALUES (?, now(), now())",
        HOSTILE + "2");
    execute(
        """
        INSERT INTO cairn_client (id, timeout, heartbeat_at)
        VALUES (?, interval '1 s', now() - interval '1 hour')
        """,
        HOSTILE);

    CommandRun run = run("doctor");

    assertThat(run.exitCode()).isEqualTo(4);
    assertThat(run.out().split("evil\\?", -1)).as(run.out()).hasSizeGreaterThan(4);
    assertThat(run("doctor", "--json").out()).contains("evil\\u001B");
  }

  @Test
  void anErrorWhoseTimeIsNone() throws SQLException {
    String id = insert("available");
    execute(
        "UPDATE river_job SET errors = ARRAY[jsonb_build_object('at', ?, 'attempt', 1)]",
        HOSTILE + "\nError: a line of its own");

    for (String command : List.of("list", "show")) {
      String[] arguments =
          command.equals("list")
              ? new String[] {"jobs", "list"}
              : new String[] {"jobs", "show", id};
      CommandRun run = run(arguments);
      assertThat(run.err()).isEmpty();
      assertThat(run.out()).contains(id).doesNotContain("\u001b", "\nError: a line of its own");
    }
  }

  @Test
  void whatTheUserTyped() {
    for (CommandRun run :
        List.of(
            run("jobs", "list", "--state", HOSTILE),
            run("jobs", "show", HOSTILE),
            run("jobs", HOSTILE),
            run(HOSTILE),
            run("jobs", "list", "--" + HOSTILE),
            run("jobs", "list", "--schema", HOSTILE),
            run("migrate", "up", "--line", HOSTILE),
            run("migrate", "profile", HOSTILE),
            run("work", "--class-path", HOSTILE),
            run("work", "--class-path", ".", "--queue", HOSTILE),
            run("work", "--class-path", ".", "--queue", "a=" + HOSTILE),
            run("man", "/dev/null/" + HOSTILE),
            run("demo", "--kills", HOSTILE),
            run("demo", "--dir", "/" + HOSTILE.replace("\u0000", "")),
            run("demo-worker", "--client-id", HOSTILE))) {
      assertThat(run.exitCode()).isNotZero();
      assertThat(run.err()).isNotBlank();
    }
  }

  @Test
  void migrations() throws SQLException {
    database = MigratedDatabase.fresh();
    try (Connection connection = database.dataSource().getConnection();
        var insert =
            connection.prepareStatement(
                "INSERT INTO river_migration (line, version) VALUES (?, 1)");
        var statement = connection.createStatement()) {
      insert.setString(1, HOSTILE);
      insert.execute();
      statement.execute("CREATE INDEX \"%s\" ON river_job (kind)".formatted(HOSTILE));
    }
    for (List<String> command :
        List.of(
            List.of("list"),
            List.of("validate"),
            List.of("profile"),
            List.of("profile", "lean", "--dry-run"),
            List.of("profile", "lean"),
            List.of("get", "--version", "2", "--up"),
            List.of("up"),
            List.of("down", "--dry-run"),
            List.of("down", "--yes"))) {
      var arguments = new ArrayList<>(List.of("migrate"));
      arguments.addAll(command);
      CommandRun run = run(arguments.toArray(String[]::new));
      assertThat(run.out() + run.err()).as("%s", command).isNotBlank();
    }
  }
}
