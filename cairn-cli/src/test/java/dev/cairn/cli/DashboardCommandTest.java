package dev.cairn.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.embedded.EmbeddedDatabase;
import dev.cairn.embedded.FreshDatabase;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.Map;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

/** {@code ./cairn dashboard}, as it is started. */
class DashboardCommandTest {
  private static final String LINK = "The dashboard is at ";

  private final FreshDatabase database = MigratedDatabase.fresh();

  private CommandRun run(String... more) {
    var args =
        new java.util.ArrayList<>(
            java.util.List.of("dashboard", "--database-url", Address.of(database)));
    args.addAll(java.util.List.of(more));
    return CommandRun.of(args.toArray(String[]::new));
  }

  @Test
  void itPrintsALinkShowsThePageAndGivesNewLinksUntilItIsEnded() throws Exception {
    try (var command =
        CommandProcess.start(
            Map.of("DATABASE_URL", Address.of(database)), "dashboard", "--port", "0")) {
      String link = command.awaitAfter(LINK, 1);
      assertThat(command.lines().getFirst()).startsWith(LINK + "http://127.0.0.1:");
      try (var session = BrowserSession.open(link)) {
        assertThat(session.json("/api/overview").path("states").size()).isEqualTo(8);
        assertThat(session.json("/api/session").path("schema").asString()).isEqualTo("public");
        assertThat(session.get("/")).isNotEmpty();
      }
      assertThat(BrowserSession.status(link)).isEqualTo(403);

      command.type("\n");

      try (var again = BrowserSession.open(command.awaitAfter(LINK, 2))) {
        assertThat(again.json("/api/jobs").path("jobs").size()).isZero();
      }
      command.terminate();
      assertThat(command.awaitEnd()).isEqualTo(143);
    }
  }

  /** A deletion is recorded nowhere else: the list of actions ends with the process. */
  @Test
  void whoDeletedWhichJobsIsOnStandardError() throws Exception {
    String address = Address.of(database);
    CommandRun inserted =
        CommandRun.of("insert", "send_email", "--args", "{}", "--json", "--database-url", address);
    long id = JsonMapper.shared().readTree(inserted.out()).path("id").asLong();
    try (var command =
        CommandProcess.start(Map.of("DATABASE_URL", address), "dashboard", "--port", "0")) {
      try (var session = BrowserSession.open(command.awaitAfter(LINK, 1))) {
        session.post(
            "/api/jobs/%d/acts".formatted(id), "{\"verb\": \"delete\", \"reason\": \"a test\"}");
      }

      assertThat(command.awaitAfter("[INFO] audit - delete by ", 1))
          .contains(System.getProperty("user.name"), Long.toString(id), "a test");
    }
  }

  @Test
  void aPortThatIsTakenIsSaid() throws Exception {
    try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      CommandRun run = run("--port", Integer.toString(taken.getLocalPort()));

      assertThat(run.exitCode()).isEqualTo(1);
      assertThat(run.err())
          .contains("port %d is taken".formatted(taken.getLocalPort()), "CAIRN-901");
    }
  }

  @Test
  void aPortThatCannotBeIsWrongUsage() {
    assertThat(run("--port", "99999").exitCode()).isEqualTo(2);
    assertThat(run("--port", "-1").err()).contains("--port must be 0 to 65535");
  }

  @Test
  void aDatabaseWithoutTheTablesIsSaid() {
    CommandRun run =
        CommandRun.of(
            "dashboard",
            "--port",
            "0",
            "--database-url",
            Address.of(EmbeddedDatabase.shared().newDatabase()));

    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err()).contains("CAIRN-601");
  }
}
