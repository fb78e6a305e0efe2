package dev.cairn.internal.postgres;

import dev.cairn.internal.foreign.Log;
import dev.cairn.spi.TransactionRunner;
import java.sql.Connection;
import java.sql.SQLException;

/** Transactions on connections of the client's data source: those of a client without a runner. */
final class DataSourceTransactions implements TransactionRunner {
  private static final Log log = Log.of(DataSourceTransactions.class);

  private final Database database;

  DataSourceTransactions(Database database) {
    this.database = database;
  }

  @Override
  public void run(Work work) throws SQLException {
    Connection connection = begin();
    boolean committed = false;
    try {
      work.run(connection);
      connection.commit();
      committed = true;
    } finally {
      end(connection, committed);
    }
  }

  private Connection begin() {
    try {
      var connection = database.connect();
      try {
        connection.setAutoCommit(false);
      } catch (Throwable e) {
        close(connection);
        throw e;
      }
      return connection;
    } catch (SQLException e) {
      throw SqlErrors.translate("begin a transaction", e);
    }
  }

  private void close(Connection connection) {
    try {
      database.giveBack(connection);
    } catch (Throwable e) {
      log.debug("Could not close the connection of a transaction", e);
    }
  }

  /** Never throws: what was committed is not undone by it, and what failed is not explained. */
  private void end(Connection connection, boolean committed) {
    try {
      if (!committed) {
        connection.rollback();
      }
      connection.setAutoCommit(true);
    } catch (Throwable e) {
      log.debug("Could not end a transaction in good order; the connection is closed", e);
    } finally {
      close(connection);
    }
  }
}
