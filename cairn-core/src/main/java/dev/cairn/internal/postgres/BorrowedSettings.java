package dev.cairn.internal.postgres;

import java.sql.Connection;
import java.sql.SQLException;

/**
 * What a connection was set to when it was taken, because not every pool puts that right when it
 * comes back.
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
