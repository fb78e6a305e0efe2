package dev.cairn.internal.postgres;

import java.sql.Connection;
import java.sql.SQLException;

/**
 * The settings of a connection when it was taken from its pool, because not every pool restores
 * them when the connection is returned.
 */
record BorrowedSettings(boolean autoCommit, int networkTimeoutMillis) {
  static BorrowedSettings of(Connection connection) throws SQLException {
    return new BorrowedSettings(connection.getAutoCommit(), connection.getNetworkTimeout());
  }

  void restore(Connection connection) throws SQLException {
    connection.setNetworkTimeout(Runnable::run, networkTimeoutMillis);
    if (connection.getAutoCommit() != autoCommit) {
      connection.setAutoCommit(autoCommit);
    }
  }
}
