package dev.cairn.resumable;

import dev.cairn.TransactionBody;
import dev.cairn.spi.Checkpoint;
import dev.cairn.spi.Checkpoints;
import dev.cairn.spi.MiddlewareContext;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One transaction that Cairn begins, with the steps in its body. After a deadlock or a
 * serialization failure, the body is run again and reaches them again. Used by one thread.
 */
final class StepTransaction<T extends @Nullable Object> implements TransactionBody<T> {
  private final StepLedger ledger;
  private final StepScope scope;
  private final TransactionBody<T> body;
  private final int mark;
  private final @Nullable String failedBefore;
  private boolean ran;

  private StepTransaction(StepLedger ledger, StepScope scope, TransactionBody<T> body) {
    this.ledger = ledger;
    this.scope = scope;
    this.body = body;
    this.failedBefore = scope.failed();
    this.mark = scope.beginTransaction();
  }

  /** Runs the body in a transaction of its own. */
  static <T extends @Nullable Object> T run(
      MiddlewareContext context, StepLedger ledger, StepScope scope, TransactionBody<T> body)
      throws Exception {
    var transaction = new StepTransaction<T>(ledger, scope, body);
    try {
      return context.<T>inTransaction(transaction);
    } finally {
      scope.endTransaction();
    }
  }

  /**
   * Saves a checkpoint as the last statement of the transaction. A body that has closed the
   * connection has failed: without this, the failure would count as an outage of the database.
   */
  static void saveLast(
      Checkpoints checkpoints, Connection connection, Checkpoint last, String job) {
    boolean isClosed = isClosed(connection);
    try {
      checkpoints.saveLastTx(connection, last);
    } catch (RuntimeException e) {
      if (!isClosed) {
        throw e;
      }
      // Not as its cause, which would say that the database is not available.
      throw new IllegalStateException(
          ("step '%s' of %s: the body of its transaction has closed the connection. Cairn commits "
                  + "and closes it: leave that out [CAIRN-335]")
              .formatted(last.name(), job));
    }
  }

  private static boolean isClosed(Connection connection) {
    try {
      return connection.isClosed();
    } catch (SQLException e) {
      return false;
    }
  }

  @Override
  public T run(Connection connection) throws Exception {
    if (ran) {
      List<String> reached = scope.forgetReachedSince(mark, failedBefore);
      ledger.reachAgain(reached);
    }
    ran = true;
    return body.run(connection);
  }
}
