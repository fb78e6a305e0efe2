package dev.cairn.samples.micronaut;

import dev.cairn.spi.TransactionRunner;
import io.micronaut.data.connection.jdbc.advice.DelegatingDataSource;
import io.micronaut.transaction.TransactionDefinition;
import io.micronaut.transaction.TransactionOperations;
import jakarta.inject.Singleton;
import java.sql.Connection;
import java.sql.SQLException;
import javax.sql.DataSource;

// docs: micronaut.md
/** Runs steps in transactions of Micronaut, and lets the client join the one of its thread. */
@Singleton
final class MicronautTransactions implements TransactionRunner {
  private static final TransactionDefinition FRESH =
      TransactionDefinition.of(TransactionDefinition.Propagation.REQUIRES_NEW);

  private final TransactionOperations<Connection> transactions;

  MicronautTransactions(TransactionOperations<Connection> transactions, DataSource dataSource) {
    this.transactions = transactions;
    requireAutoCommit(DelegatingDataSource.unwrapDataSource(dataSource));
  }

  /** Without it, nothing tells a transaction from a connection that nobody commits. */
  private static void requireAutoCommit(DataSource pool) {
    try (Connection connection = pool.getConnection()) {
      if (!connection.getAutoCommit()) {
        throw new IllegalStateException("jobs would be lost: remove auto-commit=false of the pool");
      }
    } catch (SQLException e) {
      throw new IllegalStateException("the pool has no connection", e);
    }
  }

  @Override
  public void run(Work work) {
    transactions.<Boolean>execute(
        FRESH,
        status -> {
          work.run(status.getConnection());
          return true;
        });
  }

  @Override
  public boolean join(Work work) {
    if (transactions.findTransactionStatus().isEmpty() || !isOpen(transactions.getConnection())) {
      return false;
    }
    work.run(transactions.getConnection());
    return true;
  }

  /** False in a method with {@code Propagation.SUPPORTS} or {@code NOT_SUPPORTED}. */
  private static boolean isOpen(Connection connection) {
    try {
      return !connection.getAutoCommit();
    } catch (SQLException e) {
      throw new IllegalStateException("the transaction's connection fails", e);
    }
  }
}
// end docs
