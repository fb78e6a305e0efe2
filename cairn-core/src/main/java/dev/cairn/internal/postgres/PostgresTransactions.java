package dev.cairn.internal.postgres;

import dev.cairn.TransactionBody;
import dev.cairn.internal.store.Transactions;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Transactions on the client's data source, run again when the database asks for it. */
final class PostgresTransactions implements Transactions {
  private static final Logger log = LoggerFactory.getLogger(PostgresTransactions.class);
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
    try (var connection = begin(guard)) {
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
  }

  private Connection begin(StatementGuard guard) {
    guard.enter();
    try {
      var connection = database.connect();
      connection.setAutoCommit(false);
      return connection;
    } catch (SQLException e) {
      throw SqlErrors.translate("begin a transaction", e);
    } finally {
      guard.exit();
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

  private static void end(Connection connection, boolean committed, StatementGuard guard) {
    guard.enter();
    try {
      if (!committed) {
        connection.rollback();
      }
      connection.setAutoCommit(true);
    } catch (SQLException e) {
      log.debug("Could not roll back; the connection is closed", e);
    } finally {
      guard.exit();
    }
  }

  private static @Nullable SQLException retryable(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
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
