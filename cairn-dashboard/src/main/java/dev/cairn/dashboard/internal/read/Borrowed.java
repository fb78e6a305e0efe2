package dev.cairn.dashboard.internal.read;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import org.jspecify.annotations.Nullable;

/**
 * A connection of the application, which gets it back with the settings that it had: not every pool
 * restores them. Used by one thread.
 *
 * <p>While it is borrowed, the server may be silent only for a while. A timeout of the server tells
 * nobody anything if its host has vanished, and a pool seldom sets one of the network. If the
 * server is silent for longer, the driver closes the connection, and the pool throws it away.
 */
public final class Borrowed {
  private final Connection connection;
  private final boolean autoCommit;
  private final int networkTimeout;
  private final boolean limited;

  private Borrowed(Connection connection, boolean autoCommit, int networkTimeout, boolean limited) {
    this.connection = connection;
    this.autoCommit = autoCommit;
    this.networkTimeout = networkTimeout;
    this.limited = limited;
  }

  /** Work within a transaction. */
  @FunctionalInterface
  public interface Work<T extends @Nullable Object> {
    T run(Connection connection) throws SQLException;
  }

  /**
   * Runs work that ends its transaction itself, unless it fails: then it is rolled back.
   *
   * @param silenceMsMax how long the server may be silent, unless less is set already
   */
  public static <T extends @Nullable Object> T within(
      Connection connection, int silenceMsMax, Work<T> work) throws SQLException {
    Borrowed borrowed = of(connection, silenceMsMax);
    T result;
    try {
      connection.setAutoCommit(false);
      result = work.run(connection);
    } catch (Throwable e) {
      borrowed.fail(e);
      throw e;
    }
    borrowed.restore();
    return result;
  }

  private static Borrowed of(Connection connection, int silenceMsMax) throws SQLException {
    boolean autoCommit = connection.getAutoCommit();
    try {
      int before = connection.getNetworkTimeout();
      boolean limits = before == 0 || before > silenceMsMax;
      if (limits) {
        connection.setNetworkTimeout(Runnable::run, silenceMsMax);
      }
      return new Borrowed(connection, autoCommit, before, limits);
    } catch (SQLFeatureNotSupportedException | UnsupportedOperationException e) {
      // Then the limit of the data source has to do.
      return new Borrowed(connection, autoCommit, 0, false);
    }
  }

  private void restore() throws SQLException {
    connection.setAutoCommit(autoCommit);
    restoreNetworkTimeout();
  }

  private void restoreNetworkTimeout() throws SQLException {
    if (limited) {
      connection.setNetworkTimeout(Runnable::run, networkTimeout);
    }
  }

  /** Each of these fails if the connection is broken, and then the pool sees that it is. */
  private void fail(Throwable cause) {
    try {
      connection.rollback();
      connection.setAutoCommit(autoCommit);
    } catch (SQLException | RuntimeException e) {
      cause.addSuppressed(e);
    }
    try {
      restoreNetworkTimeout();
    } catch (SQLException | RuntimeException e) {
      cause.addSuppressed(e);
    }
  }
}
