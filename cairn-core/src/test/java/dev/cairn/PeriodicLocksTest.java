package dev.cairn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cairn.schedule.Every;
import dev.cairn.schedule.MissedRuns;
import dev.cairn.schedule.PeriodicJob;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/*
 * An application holds what a periodic job needs, in a transaction that stays open. Seen before: the
 * leader waited for it with all other periodic jobs, and nothing was logged.
 */
class PeriodicLocksTest {
  @RegisterExtension static final TestDatabase database = new TestDatabase();
  @RegisterExtension final TestClients clients = new TestClients(database);

  private static final Duration PATIENCE = Duration.ofMinutes(1);

  private static final InsertOptions UNIQUE =
      InsertOptions.defaults().withQueue("nowhere").withUnique(UniqueOptions.byKind().withArgs());

  @JobKind("report")
  record Report(String name) {}

  @AfterEach
  void forget() {
    database.execute("DELETE FROM cairn_periodic");
  }

  private static PeriodicJob eachSecond(String name, InsertOptions options) {
    return PeriodicJob.of(
        name, Every.of(Duration.ofSeconds(1)), due -> JobInsert.of(new Report(name), options));
  }

  private static long inserted(String name) {
    return database.number(
        "SELECT count(*) FROM river_job WHERE kind = 'report' AND args ->> 'name' = ?", name);
  }

  /** The held one comes first in each turn. */
  private void theOthersAreInsertedUntil(PeriodicJob held, Connection open) throws SQLException {
    theOthersAreInsertedUntil(held, open::rollback);
  }

  /** How the transaction ends. */
  @FunctionalInterface
  private interface End {
    void run() throws SQLException;
  }

  private void theOthersAreInsertedUntil(PeriodicJob held, End end) throws SQLException {
    PeriodicJob free = eachSecond("free", InsertOptions.defaults().withQueue("nowhere"));
    clients.start(
        Report.class, (job, context) -> {}, builder -> builder.periodicJob(held).periodicJob(free));

    await().atMost(PATIENCE).until(() -> inserted("free") >= 3);

    assertThat(inserted("held")).isZero();
    assertThat(TestLogs.warnings("Periodic job 'held' cannot be inserted now")).hasSize(1);
    end.run();
    await().atMost(PATIENCE).until(() -> inserted("held") > 0);
    TestLogs.forget();
  }

  private static Connection open() throws SQLException {
    Connection open = database.dataSource().getConnection();
    open.setAutoCommit(false);
    return open;
  }

  @Tag("thorough")
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aUniqueKeyThatATransactionHoldsDelaysOnlyItsOwnJob(boolean durable) throws SQLException {
    PeriodicJob held = eachSecond("held", UNIQUE);
    try (Connection open = open()) {
      clients.inserter().insert(open, new Report("held"), UNIQUE);
      theOthersAreInsertedUntil(durable ? held.durable(MissedRuns.ONCE) : held, open);
    }
  }

  /** As {@code completeTx} locks it, for as long as the worker's transaction lasts. */
  @Test
  void norDoesTheRowOfTheJobThatHasTheKey() throws SQLException {
    long id = clients.inserter().insert(new Report("held"), UNIQUE).id();
    database.execute("UPDATE river_job SET args = '{\"name\": \"earlier\"}' WHERE id = ?", id);
    try (Connection open = open();
        var lock = open.prepareStatement("DELETE FROM river_job WHERE id = ?")) {
      lock.setLong(1, id);
      lock.executeUpdate();
      theOthersAreInsertedUntil(eachSecond("held", UNIQUE).runOnStart(), open::commit);
    }
  }

  /** As a leader that lost its connection within the insertion leaves it for a while. */
  @Test
  void norDoesTheRowOfADurableJob() throws SQLException {
    database.execute(
        "INSERT INTO cairn_periodic (id, next_run_at) VALUES ('held', now() - interval '1 minute')");
    try (Connection open = open();
        var statement = open.createStatement()) {
      statement.execute("SELECT FROM cairn_periodic FOR UPDATE");
      theOthersAreInsertedUntil(eachSecond("held", UNIQUE).durable(MissedRuns.ONCE), open);
    }
  }

  /*
   * A transaction that notifies waits, as it commits, for all others that do. Where many do so, and
   * each waits for its disk, this takes longer than the wait for a key may take.
   */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void theCommitIsNotOneOfTheBriefWaits(boolean durable) {
    database.execute("CREATE TABLE commit_waits (most text)");
    database.execute(
        """
        CREATE FUNCTION note_wait() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
          EXECUTE format('INSERT INTO %I.commit_waits SELECT current_setting(''lock_timeout'')',
            TG_TABLE_SCHEMA);
          RETURN NULL;
        END $$
        """);
    database.execute(
        """
        CREATE CONSTRAINT TRIGGER note_wait AFTER INSERT ON river_job
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION note_wait()
        """);
    try {
      PeriodicJob unique = eachSecond("unique", UNIQUE);
      clients.start(
          Report.class,
          (job, context) -> {},
          builder -> builder.periodicJob(durable ? unique.durable(MissedRuns.ONCE) : unique));

      await().atMost(PATIENCE).until(() -> inserted("unique") > 0);

      assertThat(database.number("SELECT count(*) FROM commit_waits WHERE most = '5s'"))
          .isEqualTo(database.number("SELECT count(*) FROM commit_waits"))
          .isPositive();
    } finally {
      database.execute("DROP TRIGGER note_wait ON river_job");
      database.execute("DROP FUNCTION note_wait");
      database.execute("DROP TABLE commit_waits");
    }
  }
}
