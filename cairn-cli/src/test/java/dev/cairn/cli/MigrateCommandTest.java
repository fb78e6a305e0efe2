package dev.cairn.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.embedded.EmbeddedDatabase;
import dev.cairn.embedded.FreshDatabase;
import dev.cairn.migrate.Migration;
import dev.cairn.migrate.MigrationLine;
import dev.cairn.migrate.Migrator;
import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class MigrateCommandTest {
  /** In which each test has a schema of its own. */
  private static final FreshDatabase SHARED = EmbeddedDatabase.shared().newDatabase();

  private static final AtomicInteger schemas = new AtomicInteger();

  private FreshDatabase database = SHARED;
  private String schema = "jobs" + schemas.incrementAndGet();

  /** One with all tables, for what begins there. */
  private void useMigrated() {
    database = MigratedDatabase.fresh();
    schema = "public";
  }

  private Migrator migrator() {
    return Migrator.of(database.dataSource()).inSchema(schema);
  }

  private CommandRun migrate(String command, String... more) {
    var args = new ArrayList<>(List.of("migrate", command, "--database-url", Address.of(database)));
    args.addAll(List.of(more));
    if (!args.contains("--schema")) {
      args.addAll(List.of("--schema", schema));
    }
    return CommandRun.of(args.toArray(String[]::new));
  }

  @Test
  void upMakesAllTablesAndAgainChangesNothing() {
    CommandRun first = migrate("up");
    CommandRun second = migrate("up");

    assertThat(first.exitCode()).isZero();
    assertThat(first.out().lines()).hasSize(11).allMatch(line -> line.startsWith("migrated up "));
    assertThat(second.out().strip()).isEqualTo("Nothing to do.");
    assertThat(migrator().validate().isValid()).isTrue();
  }

  @Test
  void optionsSayHowFar() {
    migrate("up", "--line", "main", "--target-version", "6");
    CommandRun dryRun = migrate("up", "--dry-run", "--max-steps", "1");
    CommandRun down = migrate("down", "--yes", "--target-version", "0");

    assertThat(dryRun.out()).startsWith("-- would migrate up line main, version 7").contains(";");
    assertThat(down.out().lines()).hasSize(6);
  }

  @Test
  void downAsksBeforeItDropsTables() {
    useMigrated();

    CommandRun unanswered = answering("", "down");
    CommandRun refused = answering("n\n", "down");
    CommandRun dryRun = answering("", "down", "--dry-run");
    assertThat(unanswered.exitCode()).isEqualTo(1);
    assertThat(unanswered.err()).contains("Nothing was changed", "--yes");
    assertThat(refused.exitCode()).isEqualTo(1);
    assertThat(refused.out())
        .containsPattern("to migrate: down line cairn, version \\d+ ")
        .contains("[yes/no]");
    assertThat(refused.err().strip()).isEqualTo("Nothing was changed.");
    assertThat(dryRun.exitCode()).isZero();
    assertThat(migrator().validate().isValid()).isTrue();

    CommandRun answered = answering("Yes\n", "down");
    CommandRun toTheFirst = answering("yes\n", "down", "--line", "cairn", "--target-version", "1");
    CommandRun unasked = answering("", "down", "--yes", "--target-version", "0");
    CommandRun nothingLeft = answering("", "down", "--target-version", "0");
    assertThat(answered.exitCode()).isZero();
    assertThat(answered.out()).contains("migrated down line cairn, version ");
    assertThat(toTheFirst.out()).contains("migrated down line cairn, version 2 ");
    assertThat(unasked.out().lines())
        .hasSizeGreaterThan(7)
        .allMatch(line -> line.startsWith("migrated down "));
    assertThat(nothingLeft.exitCode()).isZero();
    assertThat(nothingLeft.out().strip()).isEqualTo("Nothing to do.");
  }

  @Test
  void downRevertsNothingThatTheQuestionDidNotShow() {
    useMigrated();
    migrator().down();
    List<Integer> left = cairnVersions();
    migrator().up();
    var fasterThanTheAnswer =
        new FilterInputStream(new ByteArrayInputStream("yes\n".getBytes(StandardCharsets.UTF_8))) {
          private boolean asked;

          @Override
          public int read(byte[] to, int from, int length) throws IOException {
            if (!asked) {
              asked = true;
              migrator().down();
            }
            return super.read(to, from, length);
          }
        };

    CommandRun run = answering(fasterThanTheAnswer, "down");

    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err()).contains("CAIRN-908");
    assertThat(run.out()).doesNotContain("migrated down");
    assertThat(cairnVersions()).isEqualTo(left);
  }

  private List<Integer> cairnVersions() {
    return migrator().list().stream()
        .filter(it -> it.line() == MigrationLine.CAIRN && it.appliedAt() != null)
        .map(Migration::version)
        .toList();
  }

  private CommandRun answering(String input, String command, String... more) {
    return answering(
        new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)), command, more);
  }

  private CommandRun answering(InputStream input, String command, String... more) {
    InputStream before = System.in;
    System.setIn(input);
    try {
      return migrate(command, more);
    } finally {
      System.setIn(before);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "up,--target-version=x",
    "up,--target-version=99",
    "up,--line=main --target-version=99",
    "up,--line=main --target-version=-1",
    "down,--yes --line=main --target-version=99",
    "down,--line=main --target-version=99",
    "up,--max-steps=0",
    "down,--max-steps=x",
    "down,--yes --max-steps=-1",
  })
  void aVersionThatThereIsNotIsWrongUsage(String command, String options) {
    CommandRun run = migrate(command, options.split(" "));

    assertThat(run.exitCode()).as(run.err()).isEqualTo(2);
    assertThat(run.out()).isEmpty();
  }

  @Test
  void listShowsWhatIsApplied() {
    migrate("up", "--line", "main", "--target-version", "1");

    List<String> lines = migrate("list").out().lines().toList();

    assertThat(lines).hasSize(12);
    assertThat(lines.get(0)).startsWith("line").endsWith("applied at");
    assertThat(lines.get(1)).startsWith("main").matches(".* \\d{4}-\\d\\d-\\d\\dT.*Z");
    assertThat(lines.get(9)).startsWith("cairn").endsWith("-");
  }

  @Test
  void getPrintsTheSqlOfOneVersionAlsoWithoutADatabase() {
    CommandRun up = CommandRun.of("migrate", "get", "--schema", "jobs", "--version", "2", "--up");
    CommandRun down =
        CommandRun.of("migrate", "get", "--line", "cairn", "--version", "1", "--down");

    assertThat(up.out()).contains("CREATE TABLE \"jobs\".river_job");
    assertThat(down.out()).contains("DROP TABLE").contains("\"public\".cairn_client");
    assertThat(CommandRun.of("migrate", "get", "--version", "2").exitCode()).isEqualTo(2);
    CommandRun unknown = CommandRun.of("migrate", "get", "--version", "99", "--up");
    assertThat(unknown.exitCode()).isEqualTo(2);
    assertThat(unknown.err()).contains("99");
  }

  @Test
  void validateFailsUntilAllIsThere() {
    CommandRun before = migrate("validate");
    migrate("up");
    CommandRun after = migrate("validate");

    assertThat(before.exitCode()).isEqualTo(1);
    assertThat(before.err()).contains("cairn migrate up");
    assertThat(after.exitCode()).isZero();
    assertThat(after.out()).doesNotContain("Warning");
  }

  @Test
  void validateWarnsOfANewerRiverThatHasAllThatIsNeeded() throws SQLException {
    useMigrated();
    try (var connection = database.dataSource().getConnection();
        var statement = connection.createStatement()) {
      statement.execute("INSERT INTO river_migration (line, version) VALUES ('main', 9)");
    }

    CommandRun run = migrate("validate");

    assertThat(run.exitCode()).isZero();
    assertThat(run.out()).contains("Warning: Schema public is at version 9 of line main");
    assertThat(migrate("up").out().strip()).isEqualTo("Nothing to do.");
  }

  @Test
  void profileShowsAndChangesTheIndexes() {
    assertThat(migrate("profile").err()).contains("cairn migrate up").hasLineCount(1);
    migrate("up");

    assertThat(migrate("profile").out()).startsWith("river, ");
    CommandRun dryRun = migrate("profile", "lean", "--dry-run");
    assertThat(dryRun.out().lines())
        .hasSize(3)
        .allMatch(line ->
            line.matches("DROP INDEX CONCURRENTLY .*\"%s\"\\.river_job_.*;".formatted(schema)));
    assertThat(migrate("profile", "river").out().strip()).isEqualTo("Nothing to do.");

    assertThat(migrate("profile", "lean").out().lines())
        .hasSize(3)
        .allMatch(line -> line.matches("DROP INDEX .* in \\d+ ms"));
    assertThat(migrate("profile").out()).startsWith("lean, ");
    assertThat(migrate("profile", "lean").out().strip()).isEqualTo("Nothing to do.");
    assertThat(migrate("profile", "river").out()).contains("CREATE INDEX ");
  }

  @Test
  void validateSaysWhichIndexesItMet() throws SQLException {
    useMigrated();
    assertThat(migrate("validate").out()).contains("Its indexes: river, ");

    migrate("profile", "LEAN");
    CommandRun lean = migrate("validate");
    assertThat(lean.exitCode()).isZero();
    assertThat(lean.out()).contains("Its indexes: lean, ");

    try (var connection = database.dataSource().getConnection();
        var statement = connection.createStatement()) {
      statement.execute("CREATE INDEX river_job_kind ON river_job (kind)");
    }
    CommandRun neither = migrate("validate");
    assertThat(neither.exitCode()).isZero();
    assertThat(neither.out()).contains("Its indexes: neither ").contains("migrate profile lean");
  }

  @Test
  void everyCommandPrintsJson() {
    List<JsonNode> steps = json(migrate("up", "--json"));
    assertThat(steps)
        .extracting(step -> step.path("line").asString() + step.path("version").asInt())
        .contains("main1", "cairn1");
    assertThat(steps).allMatch(step -> step.path("sql").asString().length() > 10);
    assertThat(json(migrate("list", "--json")))
        .hasSameSizeAs(steps)
        .allMatch(version -> version.path("applied_at").asString().startsWith("20"));
    CommandRun valid = migrate("validate", "--json");
    assertThat(valid.exitCode()).isZero();
    JsonNode validity = JsonMapper.shared().readTree(valid.out());
    assertThat(validity.path("valid").asBoolean()).isTrue();
    assertThat(validity.path("profile").asString()).isEqualTo("river");
    assertThat(json(migrate("profile", "lean", "--dry-run", "--json")))
        .hasSize(3)
        .allMatch(statement -> statement.path("sql").asString().startsWith("DROP INDEX"));
    assertThat(JsonMapper.shared().readTree(migrate("profile", "--json").out()).path("profile"))
        .hasToString("\"river\"");
    assertThat(
            JsonMapper.shared()
                .readTree(migrate("get", "--version", "2", "--up", "--json").out())
                .path("sql")
                .asString())
        .contains("river_job");

    assertThat(migrate("down", "--json").exitCode()).isEqualTo(2);
    assertThat(json(migrate("down", "--json", "--yes"))).hasSize(1);
    CommandRun invalid = migrate("validate", "--json", "--schema", "elsewhere");
    assertThat(invalid.exitCode()).isEqualTo(1);
    assertThat(JsonMapper.shared().readTree(invalid.out()).path("problems")).isNotEmpty();
  }

  private static List<JsonNode> json(CommandRun run) {
    assertThat(run.exitCode()).isZero();
    return run.out().lines().map(line -> JsonMapper.shared().readTree(line)).toList();
  }

  @Test
  void aDatabaseThatCannotBeReachedIsOneLine() {
    CommandRun run =
        CommandRun.of("migrate", "up", "--database-url", "postgres://ada:hunter2@localhost:1/shop");

    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err()).startsWith("Error: ").hasLineCount(1).doesNotContain("hunter2");
  }

  @Test
  void verboseAddsTheTrace() {
    CommandRun run =
        CommandRun.of(
            "migrate", "up", "--verbose", "--database-url", "postgres://localhost:1/shop");

    assertThat(run.err()).contains("\tat dev.cairn.");
  }

  @Test
  void wrongNamesAreWrongUsage() {
    assertThat(migrate("up", "--schema", "a b").exitCode()).isEqualTo(2);
    assertThat(migrate("up", "--schema", "a b").err()).contains("a b");
    assertThat(migrate("up", "--line", "side").err()).contains("no line 'side'");
    assertThat(migrate("profile", "thin").exitCode()).isEqualTo(2);
    assertThat(CommandRun.of("migrate", "up").err()).contains("--database-url", "DATABASE_URL");
  }
}
