package dev.cairn.resumable;

import dev.cairn.internal.foreign.LentConnection;
import dev.cairn.spi.MiddlewareContext;
import dev.cairn.spi.MiddlewareContext.TransactionWatch;
import java.sql.Connection;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The transactions of Cairn in one attempt, with the steps in their bodies. After a deadlock or a
 * serialization failure, a body is run again and reaches its steps again. Thread-safe.
 */
final class StepTransactions implements TransactionWatch {
  private final StepLedger ledger;
  private final Map<Thread, StepScope> scopes = new ConcurrentHashMap<>();

  StepTransactions(StepLedger ledger) {
    this.ledger = ledger;
  }

  /** The calling thread runs steps from now on. */
  void enter(StepScope scope) {
    scopes.put(Thread.currentThread(), scope);
  }

  /** The calling thread runs no more steps. */
  void leave() {
    scopes.remove(Thread.currentThread());
  }

  @Override
  public void begins() {
    StepScope scope = scopes.get(Thread.currentThread());
    if (scope != null) {
      scope.beginTransaction();
    }
  }

  @Override
  public void runsAgain() {
    StepScope scope = scopes.get(Thread.currentThread());
    if (scope != null) {
      ledger.reachAgain(scope.runTransactionAgain());
    }
  }

  @Override
  public void ended() {
    StepScope scope = scopes.get(Thread.currentThread());
    if (scope != null) {
      scope.endTransaction();
    }
  }

  /**
   * Refuses a connection that is closed when the user's code in its transaction has returned. The
   * next statement of Cairn would fail as if the database were not available.
   */
  static void requireOpen(
      MiddlewareContext context, StepValues values, StepEntry entry, Connection connection) {
    LentConnection.requireOpen(
        connection,
        () -> {
          context.yieldIfInterrupted();
          var ignored = context.checkpoints().read(entry.path());
        },
        () -> "step '%s' of %s".formatted(entry.path(), values.job()));
  }
}
