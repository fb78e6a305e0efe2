package dev.cairn.internal.postgres;

import dev.cairn.internal.foreign.Log;
import dev.cairn.spi.TransactionRunner;
import java.sql.Connection;
import java.sql.SQLException;

/** Transactions on connections of the client's data source, for a client without a runner. */
final class DataSourceTransactions implements TransactionRunner {
  private static final Log log = Log.of(DataSourceTransactions.class);

  private final Database database;

  DataSourceTransactions(Database database) {
    this.database = database;
  }

  @Override
  public void run(Work work) throws SQLException {
    Begun begun = begin();
    Connection connection = begun.connection();
    boolean committed = false;
    try {
      work.run(connection);
      connection.commit();
      committed = true;
    } finally {
      end(begun, committed);
    }
  }

  /**
   * A connection with a transaction.
   *
   * @param autoCommit the setting of the connection before the transaction
   */
  private record Begun(Connection connection, boolean autoCommit) {}

  private Begun begin() {
    try {
      var connection = database.connect();
      try {
        database.noteUse(connection);
        boolean before = connection.getAutoCommit();
        connection.setAutoCommit(false);
        return new Begun(connection, before);
      } catch (Throwable e) {
        close(connection);
        throw e;
      }
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

  /**
   * Ends the transaction. Never throws, because an exception would neither undo a commit nor
   * explain a failure.
   */
  private void end(Begun begun, boolean committed) {
    Connection connection = begun.connection();
    try {
      if (!committed) {
        connection.rollback();
      }
      connection.setAutoCommit(begun.autoCommit());
    } catch (Throwable e) {
      log.debug("Could not end a transaction cleanly; the connection is closed", e);
    } finally {
      close(connection);
    }
  }
}
