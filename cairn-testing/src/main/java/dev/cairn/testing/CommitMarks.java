package dev.cairn.testing;

import dev.cairn.CairnException;
import dev.cairn.internal.store.TransactionFates.Fate;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Tells whether a part of a transaction was committed, by the transaction ID that PostgreSQL writes
 * into its rows. Each savepoint begins a new ID. Thread-safe.
 */
final class CommitMarks {
  private static final long NUMBERS_OF_AN_EPOCH = 1L << 32;

  /**
   * Inserts a row that no other session sees, into a table that is dropped at the end of the
   * transaction.
   */
  private static final String MARK =
      """
      CREATE TEMPORARY TABLE IF NOT EXISTS cairn_mark (marked boolean) ON COMMIT DROP;
      INSERT INTO pg_temp.cairn_mark VALUES (true)
      RETURNING xmin::text::bigint, pg_current_xact_id()::text::bigint
      """;

  private final DataSource dataSource;

  CommitMarks(DataSource dataSource) {
    this.dataSource = dataSource;
  }

  /** A mark for everything that the transaction does from now until the next savepoint. */
  long mark(Connection connection) {
    try (Statement statement = connection.createStatement()) {
      boolean isResult = statement.execute(MARK);
      while (!isResult) {
        isResult = statement.getMoreResults();
      }
      try (var rows = statement.getResultSet()) {
        rows.next();
        return fullNumber(rows.getLong(1), rows.getLong(2));
      }
    } catch (SQLException e) {
      throw failure("record a write in a transaction of a job", e);
    }
  }

  /** A part has a higher number than its transaction; of its own only the lower half is known. */
  private static long fullNumber(long lowerHalf, long ofTransaction) {
    long number = ofTransaction / NUMBERS_OF_AN_EPOCH * NUMBERS_OF_AN_EPOCH + lowerHalf;
    return number < ofTransaction ? number + NUMBERS_OF_AN_EPOCH : number;
  }

  /**
   * The fate of a part of a transaction.
   *
   * @param open the connection for the query; null to open one
   */
  Fate fate(long mark, @Nullable Connection open) {
    try {
      if (open != null) {
        return ask(open, mark);
      }
      try (Connection connection = dataSource.getConnection()) {
        return ask(connection, mark);
      }
    } catch (SQLException e) {
      throw failure("find out whether a transaction of a job was committed", e);
    }
  }

  private static Fate ask(Connection connection, long mark) throws SQLException {
    try (var select = connection.prepareStatement("SELECT pg_xact_status(?::text::xid8)")) {
      select.setString(1, Long.toString(mark));
      try (var rows = select.executeQuery()) {
        rows.next();
        return switch (String.valueOf(rows.getString(1))) {
          case "committed" -> Fate.COMMITTED;
          case "in progress" -> Fate.OPEN;
          default -> Fate.ROLLED_BACK;
        };
      }
    }
  }

  private static CairnException failure(String what, SQLException e) {
    return new CairnException("Could not %s: %s [CAIRN-608]".formatted(what, e.getMessage()), e);
  }
}
