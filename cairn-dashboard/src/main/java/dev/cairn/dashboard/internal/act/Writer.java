package dev.cairn.dashboard.internal.act;

import dev.cairn.dashboard.internal.answer.UnknownOutcome;
import java.sql.Connection;
import java.sql.SQLException;
import javax.sql.DataSource;

/** Runs acts, each in a transaction whose statements and waits are short. Thread-safe. */
final class Writer {
  private final DataSource dataSource;

  Writer(DataSource dataSource) {
    this.dataSource = dataSource;
  }

  /** Changes something in a transaction. */
  @FunctionalInterface
  interface Work<T> {
    T run(Connection connection) throws SQLException;
  }

  /**
   * @throws UnknownOutcome if the database did not confirm the commit
   */
  <T> T write(Work<T> work) {
    try (Connection connection = dataSource.getConnection()) {
      boolean autoCommit = connection.getAutoCommit();
      connection.setAutoCommit(false);
      try {
        try (var statement = connection.createStatement()) {
          statement.execute("SET LOCAL statement_timeout = 10000; SET LOCAL lock_timeout = 3000");
        }
        T result = work.run(connection);
        commit(connection);
        connection.setAutoCommit(autoCommit);
        return result;
      } catch (Throwable e) {
        end(connection, autoCommit, e);
        throw e;
      }
    } catch (SQLException e) {
      throw new WriteException(e);
    }
  }

  private static void commit(Connection connection) throws SQLException {
    try {
      connection.commit();
    } catch (SQLException e) {
      String state = e.getSQLState() == null ? "" : e.getSQLState();
      if (state.isEmpty() || state.startsWith("08") || state.startsWith("57P")) {
        throw new UnknownOutcome(e);
      }
      throw e;
    }
  }

  private static void end(Connection connection, boolean autoCommit, Throwable cause) {
    try {
      connection.rollback();
      connection.setAutoCommit(autoCommit);
    } catch (SQLException e) {
      cause.addSuppressed(e);
    }
  }

  /** A statement that failed. */
  static final class WriteException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    WriteException(SQLException cause) {
      super(cause.getMessage(), cause);
    }
  }
}
