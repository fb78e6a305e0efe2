package dev.cairn.spring;

import dev.cairn.spi.TransactionRunner;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.jdbc.datasource.ConnectionHolder;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.jdbc.datasource.DataSourceUtils;
import org.springframework.transaction.ConfigurableTransactionManager;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.TransactionExecution;
import org.springframework.transaction.TransactionExecutionListener;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * The transactions of Spring, for {@link dev.cairn.CairnBuilder#transactions}: steps run in them,
 * so that repositories commit together with the step, and insertions join the transaction that
 * their thread is in. With JDBC, JPA and jOOQ alike. The starter sets it by itself. Thread-safe.
 */
public final class SpringTransactions implements TransactionRunner {
  private static final Logger log = LoggerFactory.getLogger(SpringTransactions.class);

  private final TransactionTemplate fresh;
  private final DataSource dataSource;
  private final Bindings bindings;
  private final AtomicBoolean warned = new AtomicBoolean();

  /**
   * Transactions by this manager.
   *
   * @param manager manages the transactions of the data source: a {@code JdbcTransactionManager} or
   *     {@code JpaTransactionManager} of it
   * @param dataSource holds the jobs; the same object that the manager has, not a proxy of it
   * @param others further managers of the same data source, whose transactions are joined too
   */
  public SpringTransactions(
      PlatformTransactionManager manager,
      DataSource dataSource,
      PlatformTransactionManager... others) {
    this.fresh = new TransactionTemplate(manager);
    fresh.setPropagationBehavior(TransactionDefinition.PROPAGATION_REQUIRES_NEW);
    fresh.setName("cairn");
    this.dataSource = dataSource;
    this.bindings = new Bindings(dataSource);
    listenTo(manager);
    for (PlatformTransactionManager other : others) {
      listenTo(other);
    }
  }

  private void listenTo(PlatformTransactionManager manager) {
    if (manager instanceof ConfigurableTransactionManager configurable) {
      // The list may be one that cannot be added to.
      var listeners = new ArrayList<>(configurable.getTransactionExecutionListeners());
      listeners.add(bindings);
      configurable.setTransactionExecutionListeners(listeners);
    }
  }

  @Override
  public void run(Work work) {
    fresh.executeWithoutResult(status -> onConnection(work));
  }

  /**
   * Joins the transaction of the thread, if it is one of this data source.
   *
   * @throws IllegalStateException if that transaction is read-only
   */
  @Override
  public boolean join(Work work) {
    if (!TransactionSynchronizationManager.isActualTransactionActive() || bindings.isEnding()) {
      return false;
    }
    if (!bindings.hasTransaction()) {
      if (warned.compareAndSet(false, true)) {
        log.warn(
            "A job was inserted beside the active transaction '{}', which is of another data "
                + "source or transaction manager than the jobs: the job stays even if that "
                + "transaction is rolled back. If this is what you want, insert with "
                + "cairn.outside(). This is logged once [CAIRN-703]",
            TransactionSynchronizationManager.getCurrentTransactionName());
      }
      return false;
    }
    onConnection(connection -> {
      requireWritable(connection);
      work.run(connection);
    });
    return true;
  }

  private void onConnection(Work work) {
    Connection connection = DataSourceUtils.getConnection(dataSource);
    try {
      work.run(connection);
    } finally {
      DataSourceUtils.releaseConnection(connection, dataSource);
    }
  }

  private static void requireWritable(Connection connection) {
    try {
      if (connection.isReadOnly()) {
        throw new IllegalStateException(
            ("transaction '%s' is read-only, and cannot take a job: remove readOnly = true, or "
                    + "insert with cairn.outside() [CAIRN-704]")
                .formatted(TransactionSynchronizationManager.getCurrentTransactionName()));
      }
    } catch (SQLException e) {
      throw new IllegalStateException("the transaction's connection fails [CAIRN-704]", e);
    }
  }

  /**
   * What is bound to the thread for the data source, and whether somebody is going to commit it.
   */
  private static final class Bindings extends DataSourceTransactionManager
      implements TransactionExecutionListener {
    private static final long serialVersionUID = 1L;

    /** What is bound for transactions of the thread that are committed. */
    private static final ThreadLocal<Set<Object>> ENDING =
        ThreadLocal.withInitial(() -> Collections.newSetFromMap(new WeakHashMap<>()));

    Bindings(DataSource dataSource) {
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
     * Whether callbacks run after the commit or rollback: Spring still has the connection bound,
     * but nobody would commit what is done on it.
     */
    boolean isEnding() {
      Object bound = bound();
      return bound != null
          && (ENDING.get().contains(bound)
              || !TransactionSynchronizationManager.isSynchronizationActive());
    }

    /** Notes the end of each transaction, before any other callback that follows the commit. */
    @Override
    public void afterBegin(TransactionExecution transaction, @Nullable Throwable beginFailure) {
      Object bound = bound();
      if (beginFailure == null
          && bound != null
          && transaction.isNewTransaction()
          && TransactionSynchronizationManager.isSynchronizationActive()) {
        TransactionSynchronizationManager.registerSynchronization(new End(bound));
      }
    }

    private record End(Object bound) implements TransactionSynchronization {
      @Override
      public int getOrder() {
        return HIGHEST_PRECEDENCE;
      }

      @Override
      public void afterCommit() {
        ENDING.get().add(bound);
      }
    }
  }
}
