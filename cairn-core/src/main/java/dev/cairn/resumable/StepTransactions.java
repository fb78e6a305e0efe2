package dev.cairn.resumable;

import dev.cairn.internal.foreign.LentConnection;
import dev.cairn.spi.MiddlewareContext;
import java.sql.Connection;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The transactions of Cairn in one attempt, with the steps in their bodies. After a deadlock or a
 * serialization failure, a body is run again and reaches its steps again. Thread-safe.
 */
final class StepTransactions {
  private final StepLedger ledger;
  private final Map<Thread, StepScope> scopes = new ConcurrentHashMap<>();

  StepTransactions(StepLedger ledger) {
    this.ledger = ledger;
  }

  /** The thread of this scope runs steps from now on. */
  void enter(StepScope scope) {
    scopes.put(scope.owner(), scope);
  }

  /** The calling thread runs no more steps. */
  void leave() {
    scopes.remove(Thread.currentThread());
  }

  /** The calling thread is about to begin a transaction. */
  void begins() {
    StepScope scope = scopes.get(Thread.currentThread());
    if (scope != null) {
      scope.beginTransaction();
    }
  }

  void runsAgain() {
    StepScope scope = scopes.get(Thread.currentThread());
    if (scope != null) {
      ledger.reachAgain(scope.runTransactionAgain());
    }
  }

  void ended() {
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
