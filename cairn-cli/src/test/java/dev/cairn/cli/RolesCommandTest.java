package dev.cairn.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.embedded.EmbeddedDatabase;
import dev.cairn.embedded.FreshDatabase;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What the roles may do then, LeastPrivilegeTest of the core tells. */
class RolesCommandTest {
  private final FreshDatabase database = EmbeddedDatabase.shared().newDatabase();

  /** Roles belong to the whole server. */
  private final String suffix = UUID.randomUUID().toString().substring(0, 8);

  private CommandRun run(String command, String... more) {
    var args = new ArrayList<>(List.of(command));
    args.addAll(List.of(more));
    args.addAll(List.of("--schema", "jobs", "--database-url", Address.of(database)));
    return CommandRun.of(args.toArray(String[]::new));
  }

  private String role(String name) {
    return name + "-" + suffix;
  }

  private boolean may(String role, String table, String privilege) throws SQLException {
    try (var connection = database.dataSource().getConnection();
        var question = connection.prepareStatement("SELECT has_table_privilege(?, ?, ?)")) {
      question.setString(1, role);
      question.setString(2, table);
      question.setString(3, privilege);
      try (var rows = question.executeQuery()) {
        rows.next();
        return rows.getBoolean(1);
      }
    }
  }

  @Test
  void rolesAreCreatedAndMayDoTheirWorkAndNoMore() throws Exception {
    CommandRun owner = run("roles", "--create", "--migrator", role("owner"));
    assertThat(owner.out().strip())
        .isEqualTo("created: %s may now do what a migrator needs".formatted(role("owner")));
    assertThat(run("migrate", "up").exitCode()).isZero();

    CommandRun others =
        run(
            "roles",
            "--create",
            "--worker",
            role("worker"),
            "--inserter",
            role("inserter"),
            "--unique-inserter",
            role("unique"),
            "--reader",
            role("reader"));
    CommandRun again = run("roles", "--create", "--worker", role("worker"));

    assertThat(others.exitCode()).as(others.err()).isZero();
    assertThat(others.out().lines()).hasSize(4).allMatch(line -> line.startsWith("created: "));
    assertThat(again.out().strip())
        .isEqualTo("%s may now do what a worker needs".formatted(role("worker")));
    assertThat(may(role("worker"), "jobs.river_job", "DELETE")).isTrue();
    assertThat(may(role("worker"), "jobs.river_migration", "DELETE")).isFalse();
    assertThat(may(role("inserter"), "jobs.river_job", "INSERT")).isTrue();
    assertThat(may(role("inserter"), "jobs.river_job", "UPDATE")).isFalse();
    assertThat(may(role("inserter"), "jobs.cairn_client", "SELECT")).isFalse();
    assertThat(may(role("reader"), "jobs.cairn_job_progress", "SELECT")).isTrue();
    assertThat(may(role("reader"), "jobs.river_job", "INSERT")).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"--inserter", "--unique-inserter"})
  void whoMayOnlyInsertInsertsWithTheCommandToo(String privileges) throws Exception {
    assertThat(run("migrate", "up").exitCode()).isZero();
    assertThat(run("roles", "--create", privileges, role("web")).exitCode()).isZero();
    try (var connection = database.dataSource().getConnection();
        var statement = connection.createStatement()) {
      statement.execute("ALTER ROLE \"%s\" PASSWORD 'web'".formatted(role("web")));
    }
    String url =
        "postgres://%s:web@%s:%d/%s"
            .formatted(role("web"), database.host(), database.port(), database.name());

    CommandRun inserted =
        CommandRun.of("insert", "send_email", "--schema", "jobs", "--database-url", url);
    CommandRun refused =
        CommandRun.of("jobs", "cancel", "1", "--schema", "jobs", "--database-url", url);

    assertThat(inserted.exitCode()).as(inserted.err()).isZero();
    assertThat(inserted.out().strip())
        .isEqualTo("inserted job 1 of kind send_email into queue default: available");
    assertThat(refused.exitCode()).isEqualTo(1);
    assertThat(refused.err()).contains("permission denied");
  }

  @Test
  void aDryRunPrintsTheStatementsAndChangesNothing() throws Exception {
    run("migrate", "up");
    CommandRun created = run("roles", "--create", "--migrator", role("reader"));
    assertThat(created.exitCode()).isZero();

    CommandRun dryRun = run("roles", "--dry-run", "--reader", role("reader"));
    CommandRun json = run("roles", "--dry-run", "--json", "--reader", role("reader"));

    assertThat(dryRun.out().lines())
        .hasSize(2)
        .allMatch(line -> line.endsWith("TO \"%s\";".formatted(role("reader"))));
    JsonNode one = JsonMapper.shared().readTree(json.out());
    assertThat(one.path("privileges").asString()).isEqualTo("reader");
    assertThat(one.path("dry_run").asBoolean()).isTrue();
    assertThat(one.path("sql").size()).isEqualTo(2);
    assertThat(may(role("reader"), "jobs.river_job", "SELECT")).isFalse();
  }

  /** As an administrator pipes them into psql. */
  @Test
  void theStatementsOfADryRunCreateTheRolesThatLack() throws Exception {
    run("migrate", "up");

    CommandRun dryRun =
        run(
            "roles",
            "--create",
            "--dry-run",
            "--worker",
            role("w\"1"),
            "--reader",
            role("w\"1"),
            "--inserter",
            database.user());
    List<String> statements = dryRun.out().lines().toList();

    assertThat(dryRun.exitCode()).as(dryRun.err()).isZero();
    assertThat(statements.getFirst())
        .isEqualTo("CREATE ROLE \"%s\" LOGIN;".formatted(role("w\"\"1")));
    assertThat(statements.subList(1, statements.size())).noneMatch(it -> it.contains("CREATE"));
    try (var connection = database.dataSource().getConnection();
        var statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    }
    assertThat(may(role("w\"1"), "jobs.river_job", "DELETE")).isTrue();

    CommandRun json = run("roles", "--create", "--json", "--reader", role("new"));
    JsonNode one = JsonMapper.shared().readTree(json.out());
    assertThat(one.path("created").asBoolean()).isTrue();
    assertThat(one.path("sql").get(0).asString())
        .isEqualTo("CREATE ROLE \"%s\" LOGIN".formatted(role("new")));
  }

  @Test
  void aRoleThatHasItsPrivilegesIsSaidThoughTheNextOneFails() throws Exception {
    run("migrate", "up");

    CommandRun half = run("roles", "--worker", database.user(), "--reader", "nobody_of_this_name");
    CommandRun wrong = run("roles", "--create", "--worker", role("new"), "--reader", " ");

    assertThat(half.exitCode()).isEqualTo(1);
    assertThat(half.out().strip())
        .isEqualTo("%s may now do what a worker needs".formatted(database.user()));
    assertThat(half.err()).contains("nobody_of_this_name");
    assertThat(wrong.exitCode()).isEqualTo(2);
    assertThat(run("roles", "--create", "--worker", role("new")).out()).startsWith("created: ");
  }

  @Test
  void whatIsWrongIsSaidInOneLine() {
    CommandRun none = run("roles");
    CommandRun tooEarly = run("roles", "--reader", database.user());
    CommandRun unknownAndTooEarly = run("roles", "--reader", "nobody_of_this_name");
    run("migrate", "up");
    CommandRun unknown = run("roles", "--reader", "nobody_of_this_name");
    CommandRun blank = run("roles", "--reader", " ");

    assertThat(none.exitCode()).isEqualTo(2);
    assertThat(none.err()).contains("name at least one role: --migrator, --worker");
    assertThat(tooEarly.exitCode()).isEqualTo(1);
    assertThat(tooEarly.err()).contains("has none of Cairn's tables").contains("migrate up");
    assertThat(unknownAndTooEarly.err()).isEqualTo(unknown.err());
    assertThat(unknown.exitCode()).isEqualTo(1);
    assertThat(unknown.err()).contains("role \"nobody_of_this_name\" does not exist");
    assertThat(blank.exitCode()).isEqualTo(2);
    assertThat(blank.err()).contains("invalid name of a role");
  }
}
