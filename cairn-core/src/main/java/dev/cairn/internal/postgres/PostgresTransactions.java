package dev.cairn.internal.postgres;

import dev.cairn.StoreUnavailableException;
import dev.cairn.TransactionBody;
import dev.cairn.internal.foreign.ForeignFailure;
import dev.cairn.internal.foreign.Log;
import dev.cairn.internal.store.CurrentTransaction;
import dev.cairn.internal.store.TransactionCall;
import dev.cairn.internal.store.TransactionFates;
import dev.cairn.internal.store.Transactions;
import dev.cairn.spi.TransactionRunner;
import java.sql.SQLException;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * Runs transactions with a runner, and runs them again after a serialization failure or a deadlock.
 */
final class PostgresTransactions implements Transactions {
  private static final Log log = Log.of(PostgresTransactions.class);
  private static final int TRIES_MAX = 10;
  private static final long FIRST_PAUSE_MILLIS = 5;

  private final TransactionRunner runner;
  private final @Nullable TransactionFates fates;
  private final CurrentTransaction current;

  /**
   * @param own the application's runner; null for transactions on the client's data source
   */
  PostgresTransactions(Database database, @Nullable TransactionRunner own) {
    this.runner = own == null ? new DataSourceTransactions(database) : own;
    this.fates = own == null ? null : new PostgresTransactionFates(database);
    this.current = CurrentTransaction.of(own);
  }

  @Override
  public CurrentTransaction current() {
    return current;
  }

  @Override
  public <T extends @Nullable Object> T run(
      String job, TransactionBody<T> body, StatementGuard guard) throws Exception {
    for (int tries = 1; ; tries++) {
      var call = new TransactionCall<T>(runner, body, guard, fates, job);
      try {
        return call.run();
      } catch (Exception e) {
        SQLException cause = call.isUndone() ? retryable(e) : null;
        if (cause == null || tries == TRIES_MAX) {
          throw e;
        }
        log.debug("Transaction failed with {}; starting try {}", cause.getSQLState(), tries + 1, e);
        pause(tries);
      }
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

  /**
   * Pauses longer each time, and for a random time, so that two transactions that collided do not
   * collide again.
   */
  private static void pause(int tries) throws InterruptedException {
    long most = FIRST_PAUSE_MILLIS << Math.min(tries, 7);
    Thread.sleep(ThreadLocalRandom.current().nextLong(1, most));
  }
}
