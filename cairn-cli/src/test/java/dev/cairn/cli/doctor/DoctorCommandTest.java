package dev.cairn.cli.doctor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import dev.cairn.cli.Address;
import dev.cairn.cli.CommandRun;
import dev.cairn.cli.Main;
import dev.cairn.embedded.EmbeddedDatabase;
import dev.cairn.embedded.FreshDatabase;
import dev.cairn.migrate.Migrator;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class DoctorCommandTest {
  private final FreshDatabase database = EmbeddedDatabase.shared().newDatabase();

  @AfterEach
  void forget() {
    System.clearProperty("cairn.stdout.size");
  }

  private CommandRun doctor(String... more) {
    var args = new ArrayList<>(List.of("doctor", "--database-url", Address.of(database)));
    args.addAll(List.of(more));
    return CommandRun.of(args.toArray(String[]::new));
  }

  @Test
  void theWorstComesFirstAndSaysWhatToDo() {
    Migrator.of(database.dataSource()).up();
    System.setProperty("cairn.stdout.size", "24 80");

    CommandRun run = doctor();

    assertThat(run.exitCode()).isEqualTo(4);
    List<String> lines = run.out().lines().toList();
    assertThat(lines.getFirst()).startsWith("PROBLEM  ");
    assertThat(lines).allMatch(line -> line.length() <= 80);
    assertThat(run.out())
        .contains("PROBLEM  leader: no client leads")
        .contains("         -> start a client")
        .contains("WARNING  synchronous_commit: ")
        .doesNotContain("OK  ");
    assertThat(lines.getLast()).matches("\\d+ problems, \\d+ warnings?, .*\\d+ ok");
    assertThat(doctor("--all").out()).contains("OK       server: PostgreSQL ");
  }

  /** People copy the commands. */
  @Test
  void eachCommandInARemedyCanBeRunAsItIs() throws Exception {
    Migrator.of(database.dataSource()).up();
    try (var connection = database.dataSource().getConnection();
        var statement = connection.createStatement()) {
      statement.execute("DROP INDEX cairn_wait_signal_index");
      statement.execute(
          """
          INSERT INTO river_job (args, kind, queue, max_attempts, scheduled_at)
          SELECT '{}', 'resize image', 'mail', 25, now() - interval '1 hour'
          FROM generate_series(1, 2000)
          """);
    }

    List<String> commands =
        doctor("--json")
            .out()
            .lines()
            .map(line -> JsonMapper.shared().readTree(line).path("todo").asString(""))
            .filter(todo -> todo.contains("./cairn "))
            .map(todo -> todo.replaceAll(".*\\./cairn | shows.*", ""))
            .toList();

    assertThat(commands)
        .contains("migrate get --line cairn --version 2 --up")
        .hasSizeGreaterThan(1)
        .allSatisfy(command ->
            assertThatCode(() -> Main.commandLine().parseArgs(words(command)))
                .doesNotThrowAnyException());
    assertThat(CommandRun.of(words("migrate get --line cairn --version 2 --up")).out())
        .contains("CREATE INDEX cairn_wait_signal_index");
  }

  private static String[] words(String command) {
    return command.replaceAll("'[^']*'", "quoted").split(" ");
  }

  @Test
  void findingsAsJson() {
    Migrator.of(database.dataSource()).up();

    CommandRun run = doctor("--json");

    assertThat(run.exitCode()).isEqualTo(4);
    List<JsonNode> findings =
        run.out().lines().map(line -> JsonMapper.shared().readTree(line)).toList();
    assertThat(findings)
        .anyMatch(it ->
            it.path("check").asString().equals("leader")
                && it.path("level").asString().equals("problem")
                && it.path("todo").asString().startsWith("start a client"))
        .anyMatch(it ->
            it.path("check").asString().equals("schema")
                && it.path("what").asString().contains("line main is at version"));
  }

  @Test
  void aDatabaseThatHangsEndsWithTheTimeout() throws IOException {
    try (var silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      CommandRun run =
          CommandRun.of(
              "doctor",
              "--timeout",
              "1",
              "--database-url",
              "postgres://ada:hunter2@localhost:%d/shop".formatted(silent.getLocalPort()));

      assertThat(run.exitCode()).isEqualTo(4);
      assertThat(run.out()).contains("the database does not answer").doesNotContain("hunter2");
    }
  }

  @Test
  void wrongOptionsAreWrongUsage() {
    assertThat(doctor("--timeout", "0").exitCode()).isEqualTo(2);
    assertThat(doctor("--wait", "-1").exitCode()).isEqualTo(2);
    assertThat(CommandRun.of("doctor").exitCode()).isEqualTo(2);
  }

  @Test
  void longTextsContinueBelowTheFirstWord() {
    assertThat(DoctorCommand.wrapped("NOTE  ", "one two three four", 15))
        .containsExactly("NOTE  one two", "      three", "      four");
  }
}
