package dev.cairn.examples.pages;

import static dev.cairn.migrate.MigrationLine.CAIRN;
import static dev.cairn.migrate.MigrationLine.MAIN;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.Cairn;
import dev.cairn.JobKind;
import dev.cairn.JobState;
import dev.cairn.Workers;
import dev.cairn.embedded.EmbeddedDatabase;
import dev.cairn.migrate.MigrationOptions;
import dev.cairn.migrate.Migrator;
import dev.cairn.testing.CairnExtension;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.jdbc.core.simple.JdbcClient;

/** The SQL of the guide runs, and its alerts say what is wrong and nothing else. */
@Timeout(value = 1, unit = TimeUnit.MINUTES)
class PageSqlTest {
  @RegisterExtension static final CairnExtension extension = new CairnExtension();

  private static final Pattern BLOCK = Pattern.compile("```sql\n(.*?)\n```", Pattern.DOTALL);
  private static final Pattern THRESHOLD =
      Pattern.compile("interval '\\d+ (?:minutes?|hours?)'|n_dead_tup > 100000");
  private static final int ALERTS = 10;

  private final JdbcClient jdbc = JdbcClient.create(extension.dataSource());

  @JobKind("page_sql")
  record Ping() {}

  private static List<String> sql(String page) throws IOException {
    return BLOCK
        .matcher(Files.readString(Path.of("../docs", page)))
        .results()
        .map(block -> block.group(1))
        .toList();
  }

  /** The first columns of what alerts return, each with its place on the page. */
  private static List<String> rows(List<String> alerts) throws SQLException {
    var rows = new ArrayList<String>();
    try (Connection connection = extension.dataSource().getConnection();
        Statement statement = connection.createStatement()) {
      for (String alert : alerts) {
        try (ResultSet result = statement.executeQuery(alert)) {
          while (result.next()) {
            rows.add(alerts.indexOf(alert) + " " + result.getString(1));
          }
        }
      }
    }
    return rows;
  }

  private void insertJob(String columns, String values) {
    jdbc.sql(
            "INSERT INTO river_job (kind, args, max_attempts, %s) VALUES ('page_sql', '{}', 25, %s)"
                .formatted(columns, values))
        .update();
  }

  @Test
  void alertsAreQuietWhileAllIsWell() throws Exception {
    Workers workers = Workers.builder().register(Ping.class, (job, context) -> {}).build();
    Cairn cairn = extension.start(workers);
    extension.awaitState(cairn.insert(new Ping()).id(), JobState.COMPLETED);
    while (jdbc.sql("SELECT FROM river_leader").query().listOfRows().isEmpty()) {
      Thread.onSpinWait();
    }

    assertThat(sql("alerts.md")).hasSize(ALERTS);
    assertThat(rows(sql("alerts.md"))).isEmpty();
  }

  @Test
  void alertsSayWhatIsWrong() throws Exception {
    jdbc.sql("DELETE FROM river_leader").update();
    jdbc.sql("DELETE FROM cairn_client").update();
    insertJob("queue, scheduled_at", "'lone', now() - interval '1 day'");
    insertJob("queue, scheduled_at", "'paused', now() - interval '1 day'");
    jdbc.sql("INSERT INTO river_queue (name, paused_at) VALUES ('paused', now())").update();
    insertJob(
        "id, queue, state, attempted_at, attempted_by",
        "4711, 'lone', 'running', now() - interval '1 day', ARRAY['old', 'gone']");
    insertJob("id, state, metadata", "4712, 'retryable', '{\"cairn:no_progress\": 12}'");
    jdbc.sql(
            "INSERT INTO cairn_quarantine (job_id, step, item, position, error)"
                + " VALUES (4713, 'rows', 'x', '1', 'broken')")
        .update();
    insertJob("state, finalized_at", "'discarded', now()");
    insertJob("queue, state, scheduled_at", "'late', 'scheduled', now() - interval '1 day'");

    // Instead of an hour's wait and a hundred thousand rows.
    List<String> impatient =
        sql("alerts.md").stream()
            .map(alert ->
                THRESHOLD
                    .matcher(alert)
                    .replaceAll(match ->
                        match.group().startsWith("n_dead_tup") ? "n_dead_tup >= 0" : "interval '0'")
                    .replace("AND n_dead_tup > n_live_tup", "")
                    .replace("xact_start <", "xact_start <="))
            .toList();
    assertThat(rows(impatient))
        .contains(
            "0 no client of Cairn is alive",
            "1 lone",
            "2 4711",
            "3 4712",
            "4 4713",
            "6 no leader",
            "7 late",
            "8 river_job")
        .doesNotContain("1 paused")
        .anyMatch(row -> row.startsWith("9 "));
    assertThat(rows(sql("alerts.md"))).contains("5 page_sql", "2 4711", "1 lone", "7 late");
  }

  @Test
  void sizesAreSeen() throws Exception {
    assertThat(rows(sql("sizing.md"))).contains("0 river_job", "0 cairn_checkpoint");
  }

  @Test
  void settingsAgainstLostHostsAreAccepted() throws Exception {
    try (Connection connection = extension.dataSource().getConnection()) {
      connection.setAutoCommit(false);
      execute(connection, "CREATE ROLE cairn_worker");
      execute(connection, sql("connections.md").getFirst());
      connection.rollback();
    }
  }

  @Test
  void settingsOfABusyTableAreAccepted() throws Exception {
    try (Connection connection = extension.dataSource().getConnection()) {
      connection.setAutoCommit(false);
      execute(connection, sql("operations.md").getFirst());
      connection.rollback();
    }
  }

  @Test
  void whatAnotherToolHasAppliedIsRecorded() throws Exception {
    String record =
        sql("migrations.md").stream()
            .filter(block -> block.contains("-- versions 1 to 4 of main"))
            .findFirst()
            .orElseThrow();
    List<String> statements = record.lines().toList();

    for (int version : new int[] {4, 5}) {
      DataSource database = EmbeddedDatabase.shared().newDatabase().dataSource();
      Migrator migrator = Migrator.of(database).inSchema("jobs");
      migrator.up(MigrationOptions.defaults().withLine(MAIN).withTargetVersion(version));
      JdbcClient other = JdbcClient.create(database);
      other.sql("DELETE FROM jobs.river_migration WHERE version = " + version).update();
      other.sql(statements.get(version - 4)).update();

      assertThat(migrator.up().steps()).extracting(step -> step.version()).doesNotContain(version);
    }
  }

  @Test
  void tablesWithoutARecordAreTakenOver() throws Exception {
    DataSource database = EmbeddedDatabase.shared().newDatabase().dataSource();
    Migrator migrator = Migrator.of(database).inSchema("jobs");
    migrator.up(MigrationOptions.defaults().withLine(MAIN));
    try (Connection connection = database.getConnection()) {
      execute(connection, "DROP TABLE jobs.river_migration");
      execute(connection, sql("migrations.md").getLast());
    }

    assertThat(migrator.up().steps()).extracting(step -> step.line()).containsOnly(CAIRN);
    assertThat(migrator.validate().isValid()).isTrue();
  }

  private static void execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }
}
