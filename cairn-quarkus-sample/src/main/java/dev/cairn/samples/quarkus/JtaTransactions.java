package dev.cairn.samples.quarkus;

import dev.cairn.spi.TransactionRunner;
import io.quarkus.narayana.jta.QuarkusTransaction;
import jakarta.transaction.Status;
import java.sql.Connection;
import java.sql.SQLException;
import javax.sql.DataSource;

// docs: quarkus.md
/** Runs steps in transactions of Quarkus, and lets the client join the one of its thread. */
final class JtaTransactions implements TransactionRunner {
  private final DataSource dataSource;

  JtaTransactions(DataSource dataSource) {
    this.dataSource = dataSource;
  }

  @Override
  public void run(Work work) {
    QuarkusTransaction.requiringNew().run(() -> onConnection(work));
  }

  @Override
  public boolean join(Work work) {
    int status = QuarkusTransaction.getStatus();
    // After the commit, as in an observer AFTER_SUCCESS, the thread still has the transaction.
    if (status != Status.STATUS_ACTIVE && status != Status.STATUS_MARKED_ROLLBACK) {
      return false;
    }
    onConnection(work);
    return true;
  }

  private void onConnection(Work work) {
    try (Connection connection = dataSource.getConnection()) { // the transaction's connection
      work.run(connection);
    } catch (SQLException e) {
      throw new IllegalStateException("the transaction has no connection to the jobs", e);
    }
  }
}
// end docs
