package dev.cairn.resumable;

import dev.cairn.TestDatabase;
import dev.cairn.spi.TransactionRunner;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The transactions of an application that binds each to its thread, as frameworks do. Counts them.
 */
final class OwnTransactions implements TransactionRunner {
  private final TestDatabase database;

  /** By thread. */
  private final Map<Thread, Connection> bound = new ConcurrentHashMap<>();

  private final AtomicInteger begun = new AtomicInteger();

  OwnTransactions(TestDatabase database) {
    this.database = database;
  }

  /** How a transaction ends whose work has returned. */
  @FunctionalInterface
  interface End {
    void of(Connection connection) throws Exception;
  }

  @Override
  public void run(Work work) throws Exception {
    run(work, Connection::commit);
  }

  @Override
  public boolean join(Work work) {
    Connection connection = bound.get(Thread.currentThread());
    if (connection == null) {
      return false;
    }
    work.run(connection);
    return true;
  }

  /** Runs a transaction that ends in an odd way. */
  void run(Work work, End end) throws Exception {
    try (Connection connection = database.dataSource().getConnection()) {
      begun.incrementAndGet();
      connection.setAutoCommit(false);
      bound.put(Thread.currentThread(), connection);
      try {
        work.run(connection);
        end.of(connection);
      } catch (Throwable e) {
        connection.rollback();
        throw e;
      } finally {
        bound.remove(Thread.currentThread());
      }
    }
  }

  /** What a repository does: writes in the transaction of its thread. */
  void insert(String note) throws SQLException {
    Connection connection = bound.get(Thread.currentThread());
    if (connection == null) {
      throw new IllegalStateException("no transaction is bound to this thread");
    }
    Effects.insert(connection, note);
  }

  /** How many were begun. */
  int begun() {
    return begun.get();
  }
}
