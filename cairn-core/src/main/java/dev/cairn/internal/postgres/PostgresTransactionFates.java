package dev.cairn.internal.postgres;

import dev.cairn.internal.foreign.Log;
import dev.cairn.internal.store.TransactionFates;
import java.sql.Connection;
import java.util.Map;

/** The outcome of transactions, by the number that PostgreSQL gives to each. */
final class PostgresTransactionFates implements TransactionFates {
  private static final Log log = Log.of(PostgresTransactionFates.class);

  private final Database database;

  PostgresTransactionFates(Database database) {
    this.database = database;
  }

  /**
   * Identifies the server and its last restart. When one process of the server crashes, all others
   * end, and the numbers of lost transactions are used again, although the postmaster stays the
   * same. The server's statistics are then reset, so the time of that reset identifies the restart.
   * It is not used on version 14, which reads it from a file, because that takes too long.
   */
  private static final String SERVER =
      """
      (SELECT extract(epoch FROM pg_postmaster_start_time())::text
        || CASE WHEN current_setting('server_version_num')::integer >= 150000
          THEN coalesce(' ' || extract(epoch FROM pg_stat_get_bgwriter_stat_reset_time())::text, '')
          ELSE '' END)\
      """;

  /**
   * Assigns a number to the transaction if it has none. A transaction that has written nothing yet
   * may still write at its commit, as with Hibernate. Without a number, its result could not be
   * determined.
   */
  private static final Sql MARK =
      Sql.of(
          "read the number of a transaction",
          Template.of("SELECT pg_current_xact_id()::text::bigint, {server}")
              .with("server", SERVER)
              .sql());

  @Override
  public Mark mark(Connection connection) {
    return database
        .list(connection, MARK, Map.of(), row -> new Mark(row.getLong(1), row.getString(2)))
        .getFirst();
  }

  private static final Sql FATE =
      Sql.of(
          "read the result of a transaction",
          Template.of(
                  """
                  SELECT CASE WHEN {server} = :server
                    THEN coalesce(pg_xact_status(:number::text::xid8), 'unknown') ELSE 'elsewhere' END
                  """)
              .with("server", SERVER)
              .sql());

  @Override
  public Fate fate(Mark mark) {
    return database
        .list(
            FATE,
            Map.of("number", Long.toString(mark.number()), "server", mark.server()),
            row ->
                switch (row.getString(1)) {
                  case "committed" -> Fate.COMMITTED;
                  case "aborted" -> Fate.ROLLED_BACK;
                  case "elsewhere" -> Fate.UNKNOWN;
                  default -> Fate.OPEN;
                })
        .getFirst();
  }

  /** Makes a statement fail, because PostgreSQL then turns any commit into a rollback. */
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
