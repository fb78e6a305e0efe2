package dev.cairn.internal.postgres;

import dev.cairn.internal.foreign.Log;
import dev.cairn.internal.store.TransactionFates;
import java.sql.Connection;
import java.util.Map;

/**
 * The outcome of transactions, by the number that PostgreSQL gives to each transaction that writes.
 */
final class PostgresTransactionFates implements TransactionFates {
  private static final Log log = Log.of(PostgresTransactionFates.class);

  private final Database database;

  PostgresTransactionFates(Database database) {
    this.database = database;
  }

  private static final Sql MARK =
      Sql.of(
          "read the number of a transaction",
          "SELECT coalesce(pg_current_xact_id_if_assigned()::text::bigint, 0)");

  @Override
  public long mark(Connection connection) {
    return database.list(connection, MARK, Map.of(), row -> row.getLong(1)).getFirst();
  }

  private static final Sql FATE =
      Sql.of(
          "read the result of a transaction",
          "SELECT coalesce(pg_xact_status(:number::text::xid8), 'unknown')");

  @Override
  public Fate fate(long mark) {
    if (mark == NOTHING_WRITTEN) {
      return Fate.COMMITTED;
    }
    return database
        .list(
            FATE,
            Map.of("number", Long.toString(mark)),
            row ->
                switch (row.getString(1)) {
                  case "committed" -> Fate.COMMITTED;
                  case "aborted" -> Fate.ROLLED_BACK;
                  default -> Fate.OPEN;
                })
        .getFirst();
  }

  /** After a failed statement, PostgreSQL turns any commit into a rollback. */
  @Override
  public void abort(Connection connection) {
    try (var statement = connection.createStatement()) {
      statement.execute(
          "DO $$BEGIN RAISE EXCEPTION 'the work of this transaction has failed'; END$$");
    } catch (Throwable e) {
      log.debug("A transaction can no longer be committed, because its work has failed", e);
    }
  }
}
