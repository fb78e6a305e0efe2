package dev.cairn.spring;

import java.util.Collections;
import java.util.Optional;
import java.util.Set;
import java.util.WeakHashMap;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.datasource.ConnectionHolder;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.transaction.TransactionExecution;
import org.springframework.transaction.TransactionExecutionListener;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/** What is bound to the thread for the data source, and whether it will be committed. */
final class TransactionBindings extends DataSourceTransactionManager
    implements TransactionExecutionListener {
  private static final long serialVersionUID = 1L;

  /** What is bound for transactions of the thread that are committed or rolled back. */
  private static final ThreadLocal<Set<Object>> ENDING =
      ThreadLocal.withInitial(() -> Collections.newSetFromMap(new WeakHashMap<>()));

  TransactionBindings(DataSource dataSource) {
    super(dataSource);
  }

  private @Nullable Object bound() {
    return TransactionSynchronizationManager.getResource(obtainDataSource());
  }

  /**
   * It is not so if a transaction of another manager is active and {@code JdbcTemplate}, for
   * example, has taken a connection of this data source beside it.
   */
  boolean hasTransaction() {
    return bound() instanceof ConnectionHolder holder
        // The holder of JPA is neither, and its transaction is active as long as it is bound.
        && (isExistingTransaction(doGetTransaction()) || !holder.isSynchronizedWithTransaction());
  }

  /**
   * Whether callbacks run after the commit or rollback: Spring still has the connection bound, but
   * nobody would commit what is done on it.
   */
  boolean isEnding() {
    Object bound = bound();
    return bound != null
        && (ENDING.get().contains(bound)
            || !TransactionSynchronizationManager.isSynchronizationActive());
  }

  /** Whether a transaction of the data source has begun without a notice. */
  boolean isUnnoticed() {
    return hasTransaction()
        && TransactionSynchronizationManager.isSynchronizationActive()
        && end().isEmpty();
  }

  /**
   * Whether the transaction of the data source has begun as a read-only one. Its connection need
   * not be marked: Hibernate's is not with some of its connection handling modes. The thread may be
   * in a transaction of another manager, too, which may be read-only or not.
   */
  boolean isReadOnly() {
    return TransactionSynchronizationManager.isSynchronizationActive()
        && end().filter(End::readOnly).isPresent();
  }

  private Optional<End> end() {
    return TransactionSynchronizationManager.getSynchronizations().stream()
        .filter(End.class::isInstance)
        .map(End.class::cast)
        .filter(end -> end.bound().equals(bound()))
        .findFirst();
  }

  /** Notes the end of a transaction that was open before anybody listened. */
  void noteOpen() {
    Object bound = bound();
    if (bound != null && isUnnoticed()) {
      TransactionSynchronizationManager.registerSynchronization(new End(bound, false));
    }
  }

  /** Notes the end of each transaction, before any other callback that follows the commit. */
  @Override
  public void afterBegin(TransactionExecution transaction, @Nullable Throwable beginFailure) {
    Object bound = bound();
    if (beginFailure == null
        && bound != null
        && transaction.isNewTransaction()
        && TransactionSynchronizationManager.isSynchronizationActive()) {
      TransactionSynchronizationManager.registerSynchronization(
          new End(bound, transaction.isReadOnly()));
    }
  }

  private record End(Object bound, boolean readOnly) implements TransactionSynchronization {
    @Override
    public int getOrder() {
      return HIGHEST_PRECEDENCE;
    }

    @Override
    public void afterCommit() {
      ENDING.get().add(bound);
    }

    /** Also after a rollback: what takes part in that transaction would not be committed. */
    @Override
    public void afterCompletion(int status) {
      ENDING.get().add(bound);
    }
  }
}
