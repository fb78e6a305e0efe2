package dev.cairn.internal.postgres;

import dev.cairn.internal.store.PeriodicStore;
import java.sql.Connection;
import java.time.Instant;
import java.util.Map;

/** Durable periodic jobs in Cairn's own table. */
final class PostgresPeriodicStore implements PeriodicStore {
  private final Database database;

  PostgresPeriodicStore(Database database) {
    this.database = database;
  }

  private static final Sql NOW = Sql.of("read the time", "SELECT clock_timestamp()");

  @Override
  public Instant now() {
    return database.list(NOW, Map.of(), row -> Rows.instant(row, 1)).getFirst();
  }

  private static final Sql NEXT_RUN =
      Sql.of(
          "look up a periodic job",
          Template.of(
                  """
                  WITH {brief_waits}
                  INSERT INTO {schema}.cairn_periodic AS periodic (id, next_run_at)
                  SELECT :id, :first::timestamptz FROM setting
                  ON CONFLICT (id) DO UPDATE SET next_run_at = periodic.next_run_at
                  RETURNING next_run_at
                  """)
              .with("brief_waits", Fragments.BRIEF_WAITS)
              .sql());

  @Override
  public Instant nextRun(String id, Instant first) {
    return database
        .list(NEXT_RUN, Map.of("id", id, "first", first), row -> Rows.instant(row, 1))
        .getFirst();
  }

  private static final Sql ADVANCE =
      Sql.of(
          "move a periodic job to its next run",
          Template.of(
                  """
                  WITH {brief_waits}
                  UPDATE {schema}.cairn_periodic AS periodic
                  SET next_run_at = :next, updated_at = now()
                  FROM setting
                  WHERE periodic.id = :id AND periodic.next_run_at = :expected
                  RETURNING periodic.id
                  """)
              .with("brief_waits", Fragments.BRIEF_WAITS)
              .sql());

  @Override
  public boolean advance(Connection connection, String id, Instant expected, Instant next) {
    Map<String, Object> values = Map.of("id", id, "expected", expected, "next", next);
    return !database.list(connection, ADVANCE, values, row -> true).isEmpty();
  }

  @Override
  public void waitForCommit(Connection connection) {
    LockWaits.untilCommit(database.in(connection));
  }
}
