package dev.cairn.internal.postgres;

import dev.cairn.StoreUnavailableException;
import dev.cairn.TransactionBody;
import dev.cairn.internal.foreign.ForeignFailure;
import dev.cairn.internal.foreign.Log;
import dev.cairn.internal.store.Transactions;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/** Transactions on the client's data source, run again when the database asks for it. */
final class PostgresTransactions implements Transactions {
  private static final Log log = Log.of(PostgresTransactions.class);
  private static final int TRIES_MAX = 10;
  private static final long FIRST_PAUSE_MILLIS = 5;

  private final Database database;

  PostgresTransactions(Database database) {
    this.database = database;
  }

  @Override
  public <T extends @Nullable Object> T run(TransactionBody<T> body, StatementGuard guard)
      throws Exception {
    for (int tries = 1; ; tries++) {
      try {
        return runOnce(body, guard);
      } catch (Exception e) {
        SQLException cause = retryable(e);
        if (cause == null || tries == TRIES_MAX) {
          throw e;
        }
        log.debug("Transaction failed with {}, try {}", cause.getSQLState(), tries + 1, e);
        pause(tries);
      }
    }
  }

  private <T extends @Nullable Object> T runOnce(TransactionBody<T> body, StatementGuard guard)
      throws Exception {
    Connection connection = begin(guard);
    boolean committed = false;
    try {
      T result = body.run(connection);
      commit(connection, guard);
      committed = true;
      return result;
    } finally {
      end(connection, committed, guard);
    }
  }

  private Connection begin(StatementGuard guard) {
    guard.enter();
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
    } finally {
      guard.exit();
    }
  }

  private static void close(Connection connection) {
    try {
      connection.close();
    } catch (Throwable e) {
      log.debug("Could not close the connection of a transaction", e);
    }
  }

  private static void commit(Connection connection, StatementGuard guard) throws SQLException {
    guard.enter();
    try {
      connection.commit();
    } finally {
      guard.exit();
    }
  }

  /** Never throws: what was committed is not undone by it, and what failed is not explained. */
  private static void end(Connection connection, boolean committed, StatementGuard guard) {
    guard.enter();
    try {
      if (!committed) {
        connection.rollback();
      }
      connection.setAutoCommit(true);
    } catch (Throwable e) {
      log.debug("Could not end a transaction in good order; the connection is closed", e);
    } finally {
      close(connection);
      guard.exit();
    }
  }

  @Override
  public boolean isOutage(Throwable failure) {
    return new ForeignFailure(failure)
        .chain().stream()
            .anyMatch(cause ->
                cause instanceof StoreUnavailableException
                    || (cause instanceof SQLException e && SqlErrors.isOutage(e)));
  }

  private static @Nullable SQLException retryable(Throwable failure) {
    for (Throwable cause : new ForeignFailure(failure).chain()) {
      if (cause instanceof SQLException e && SqlErrors.isRetryable(e)) {
        return e;
      }
    }
    return null;
  }

  /** Longer each time, and never the same for two that collided. */
  private static void pause(int tries) throws InterruptedException {
    long most = FIRST_PAUSE_MILLIS << Math.min(tries, 7);
    Thread.sleep(ThreadLocalRandom.current().nextLong(1, most));
  }
}
