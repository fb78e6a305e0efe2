package dev.cairn.cli.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.cli.Address;
import dev.cairn.cli.CommandRun;
import dev.cairn.cli.MigratedDatabase;
import dev.cairn.embedded.FreshDatabase;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Who acts by the command line, and why, is recorded and shown. */
class ReasonsTest {
  private final FreshDatabase database = MigratedDatabase.fresh();

  private CommandRun run(String... args) {
    var all = new ArrayList<>(List.of(args));
    all.addAll(List.of("--database-url", Address.of(database)));
    return CommandRun.of(all.toArray(String[]::new));
  }

  private void execute(String sql) throws SQLException {
    try (var connection = database.dataSource().getConnection();
        var statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  @BeforeEach
  void fill() throws SQLException {
    execute(
        """
        INSERT INTO river_job (id, kind, args, state, attempt, max_attempts, finalized_at, errors)
        SELECT id, 'import', '{}', 'discarded', 1, 1, now(),
          ARRAY['{"at": "2026-01-01T00:00:00Z", "attempt": 1, "error": "no such file", "trace": ""}'::jsonb]
        FROM generate_series(1, 3) AS id;
        INSERT INTO cairn_quarantine (job_id, step, item, position, error)
        SELECT 1, 'rows', 'digest' || number, to_jsonb(number), 'bad line' FROM generate_series(1, 5) AS number;
        INSERT INTO river_queue (name, updated_at) VALUES ('mail', now())
        """);
  }

  @Test
  void theReasonOfAnActIsShownWithTheJob() {
    assertThat(run("jobs", "retry", "1", "--by", "ada", "--reason", "the bank is back").exitCode())
        .isZero();
    assertThat(
            run(
                    "jobs",
                    "cancel",
                    "--kind",
                    "import",
                    "--yes",
                    "--by",
                    "bob",
                    "--reason",
                    "too late")
                .exitCode())
        .isZero();

    CommandRun shown = run("jobs", "show", "1");
    assertThat(shown.out())
        .contains("retry by ada (the bank is back)", "cancel by bob (too late)")
        .contains("attempt 1, began 2026-01-01");
    assertThat(run("jobs", "show", "1", "--json").out()).contains("\"reason\" : \"too late\"");
  }

  @Test
  void aReasonThatIsTooLongIsRefused() {
    CommandRun refused = run("jobs", "retry", "1", "--reason", "x".repeat(5_000));

    assertThat(refused.exitCode()).isNotZero();
    assertThat(refused.err()).contains("the reason of an operation may have");
  }

  @Test
  void whoHasPausedAQueueIsListed() {
    assertThat(
            run("queues", "pause", "mail", "--by", "ada", "--reason", "the server is down")
                .exitCode())
        .isZero();

    assertThat(run("queues", "list").out()).contains("ada: the server is down");
    assertThat(run("queues", "list", "--json").out())
        .contains("\"paused_by\":\"ada\"", "\"pause_reason\":\"the server is down\"");
    assertThat(run("queues", "resume", "mail").exitCode()).isZero();
    assertThat(run("queues", "list", "--json").out()).contains("\"paused_by\":null");
  }

  @Test
  void itemsAreListedUpToALimit() {
    CommandRun some = run("jobs", "quarantine", "1", "--limit", "2");

    assertThat(some.out()).contains("There are more: --limit says how many are listed.");
    assertThat(some.out().lines().filter(line -> line.startsWith("rows"))).hasSize(2);
    assertThat(run("jobs", "quarantine", "1").out()).doesNotContain("There are more");
    CommandRun json = run("jobs", "quarantine", "1", "--limit", "2", "--json");
    assertThat(json.out()).hasLineCount(2);
    assertThat(json.err()).contains("There are more: --limit says how many are listed.");
    assertThat(run("jobs", "quarantine", "1", "--limit", "0").exitCode()).isEqualTo(2);
  }

  @Test
  void programsGetAllItemsUnlessTheyNameALimit() throws SQLException {
    execute(
        """
        INSERT INTO cairn_quarantine (job_id, step, item, position, error)
        SELECT 2, 'rows', 'digest' || number, to_jsonb(number), 'bad line' FROM generate_series(1, 150) AS number
        """);

    CommandRun all = run("jobs", "quarantine", "2", "--json");
    assertThat(all.out()).hasLineCount(150);
    assertThat(all.err()).isEmpty();
    assertThat(run("jobs", "quarantine", "2").out())
        .contains("There are more: --limit says how many are listed.");
  }
}
