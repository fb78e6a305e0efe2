package dev.cairn.spring;

import dev.cairn.spi.TransactionRunner;
import java.lang.reflect.Method;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.jdbc.datasource.ConnectionHolder;
import org.springframework.jdbc.datasource.DataSourceUtils;
import org.springframework.transaction.ConfigurableTransactionManager;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.TransactionExecutionListener;
import org.springframework.transaction.support.AbstractPlatformTransactionManager;
import org.springframework.transaction.support.ResourceTransactionManager;
import org.springframework.transaction.support.TransactionSynchronizationManager;
import org.springframework.transaction.support.TransactionTemplate;
import org.springframework.util.ClassUtils;

/**
 * Spring's transactions for {@link dev.cairn.CairnBuilder#transactions}. Steps run in them, so
 * repositories commit together with the step. What the client does without a connection, such as
 * inserting or cancelling a job, joins the transaction of its thread. Works with JDBC, JPA and
 * jOOQ. The starter sets it up by itself. Thread-safe.
 */
public final class SpringTransactions implements TransactionRunner, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(SpringTransactions.class);

  private static final boolean HAS_JPA =
      ClassUtils.isPresent(
          "org.springframework.orm.jpa.JpaTransactionManager",
          SpringTransactions.class.getClassLoader());

  private static final boolean HAS_JTA =
      ClassUtils.isPresent(
              "jakarta.transaction.UserTransaction", SpringTransactions.class.getClassLoader())
          && ClassUtils.isPresent(
              "org.springframework.transaction.jta.JtaTransactionManager",
              SpringTransactions.class.getClassLoader());

  private final TransactionTemplate fresh;
  private final DataSource dataSource;
  private final TransactionBindings bindings;
  private final AtomicBoolean warned = new AtomicBoolean();
  private final Queue<ConfigurableTransactionManager> listened = new ConcurrentLinkedQueue<>();

  /**
   * Uses the transactions of this manager.
   *
   * @param manager manages the transactions of the data source: a {@code JdbcTransactionManager} or
   *     {@code JpaTransactionManager} of it, or one that delegates to such a manager. See {@link
   *     #isManaging}
   * @param dataSource holds the jobs; the same object that the manager has, not a proxy of it
   * @param others further managers of the same data source, whose transactions are joined too
   * @throws IllegalArgumentException if the manager manages something else, or the client could not
   *     join the transactions of one of them
   * @throws IllegalStateException if a manager has a {@code JpaDialect} of the application's own,
   *     and no transaction could be begun to see whether it shows its connection
   */
  public SpringTransactions(
      PlatformTransactionManager manager,
      DataSource dataSource,
      PlatformTransactionManager... others) {
    this.fresh = new TransactionTemplate(manager);
    fresh.setPropagationBehavior(TransactionDefinition.PROPAGATION_REQUIRES_NEW);
    fresh.setName("cairn");
    this.dataSource = dataSource;
    this.bindings = new TransactionBindings(dataSource);
    List<PlatformTransactionManager> all = new ArrayList<>(List.of(others));
    all.add(manager);
    Set<PlatformTransactionManager> distinct = new LinkedHashSet<>(all);
    requireManaging(manager);
    distinct.forEach(this::requireShown);
    distinct.forEach(SpringTransactions::requireSynchronization);
    try {
      distinct.forEach(this::listenTo);
      distinct.forEach(this::requireNoticed);
    } catch (Throwable e) {
      close(); // nobody else could: a manager of a parent context lives on
      throw e;
    }
    // A client that is made only when it is first used may be made within a transaction.
    bindings.noteOpen();
  }

  /**
   * Whether the transactions of a manager are on connections of a data source. If a manager does
   * not tell, for example because it delegates to another one, this begins a transaction and rolls
   * it back. JTA is not tried, because its transactions cannot be joined.
   */
  public static boolean isManaging(PlatformTransactionManager manager, DataSource dataSource) {
    if (HAS_JPA && Jpa.is(manager)) {
      return Jpa.isManaging(manager, dataSource);
    }
    if (manager instanceof ResourceTransactionManager known && !isOfHibernate(known)) {
      return dataSource.equals(known.getResourceFactory());
    }
    return isUnknown(manager) && binds(manager, dataSource);
  }

  /** Such a manager names its session factory, and binds a connection beside the session. */
  private static boolean isOfHibernate(ResourceTransactionManager manager) {
    return ClassUtils.getAllInterfacesAsSet(manager.getResourceFactory()).stream()
        .anyMatch(type -> type.getName().equals("org.hibernate.SessionFactory"));
  }

  /** Whether what it manages shows only in its transactions. */
  private static boolean isUnknown(PlatformTransactionManager manager) {
    return !(HAS_JPA && Jpa.is(manager))
        && (!(manager instanceof ResourceTransactionManager known) || isOfHibernate(known))
        && !(HAS_JTA && Jta.is(manager));
  }

  private static boolean binds(PlatformTransactionManager manager, DataSource dataSource) {
    try {
      return inTrial(manager, () -> isBound(dataSource));
    } catch (RuntimeException e) {
      // Also UnsupportedOperationException, say: managers of other stores may not know all
      // propagations, and throw what their drivers throw.
      log.warn(
          "Could not begin a transaction with {} to find out which data source it manages, so "
              + "it is not used [CAIRN-706]",
          manager,
          e);
      return false;
    }
  }

  private static boolean isBound(DataSource dataSource) {
    return TransactionSynchronizationManager.getResource(dataSource) instanceof ConnectionHolder;
  }

  /** What is so in a transaction, which is rolled back. */
  private static boolean inTrial(PlatformTransactionManager manager, BooleanSupplier question) {
    var trial = new TransactionTemplate(manager);
    trial.setPropagationBehavior(TransactionDefinition.PROPAGATION_REQUIRES_NEW);
    trial.setReadOnly(true);
    trial.setName("cairn, to see what the manager manages");
    return Boolean.TRUE.equals(
        trial.execute(status -> {
          status.setRollbackOnly();
          return question.getAsBoolean();
        }));
  }

  private void requireManaging(PlatformTransactionManager manager) {
    boolean isJta = HAS_JTA && Jta.is(manager);
    if (!isJta && !isManaging(manager, dataSource)) {
      throw new IllegalArgumentException(
          ("%s does not manage the transactions of %s: give both the same data source, and not a "
                  + "proxy of it to one of them [CAIRN-709]")
              .formatted(manager, dataSource));
    }
  }

  /** Otherwise a job would be inserted beside each of its transactions. */
  private void requireShown(PlatformTransactionManager manager) {
    if (HAS_JPA
        && Jpa.isManaging(manager, dataSource)
        && !Jpa.showing(manager).orElseGet(() -> isShownInTrial(manager))) {
      throw new IllegalArgumentException(
          ("%s does not show its JDBC connection, so Cairn could not join its transactions:"
                  + " give its LocalContainerEntityManagerFactoryBean a JpaVendorAdapter, or the"
                  + " manager a JpaDialect, such as HibernateJpaDialect [CAIRN-709]")
              .formatted(manager));
    }
  }

  private boolean isShownInTrial(PlatformTransactionManager manager) {
    try {
      return inTrial(manager, () -> isBound(dataSource));
    } catch (RuntimeException e) {
      throw new IllegalStateException(
          ("Could not begin a transaction with %s to find out whether its JpaDialect shows its JDBC"
                  + " connection: %s; if the database is there, give the manager a JpaDialect of"
                  + " Spring, such as HibernateJpaDialect [CAIRN-709]")
              .formatted(manager, e.getMessage()),
          e);
    }
  }

  private static void requireSynchronization(PlatformTransactionManager manager) {
    if (manager instanceof AbstractPlatformTransactionManager known
        && known.getTransactionSynchronization()
            == AbstractPlatformTransactionManager.SYNCHRONIZATION_NEVER) {
      throw new IllegalArgumentException(
          ("%s has its transaction synchronization switched off, so Cairn could not join its "
                  + "transactions: remove the setting SYNCHRONIZATION_NEVER [CAIRN-709]")
              .formatted(manager));
    }
  }

  /** Without notice of its end, a job would be inserted into a transaction that is over. */
  private void requireNoticed(PlatformTransactionManager manager) {
    if (isUnknown(manager)
        && !(manager instanceof ConfigurableTransactionManager)
        && inTrial(manager, bindings::isUnnoticed)) {
      throw new IllegalArgumentException(
          ("%s delegates to a transaction manager that is not a bean, and does not report when its"
                  + " transactions end: make the other manager a bean too, or let this one implement"
                  + " ConfigurableTransactionManager [CAIRN-709]")
              .formatted(manager));
    }
  }

  private void listenTo(PlatformTransactionManager manager) {
    if (manager instanceof ConfigurableTransactionManager configurable) {
      change(configurable, listeners -> listeners.add(bindings));
      listened.add(configurable);
    }
  }

  /**
   * Stops listening to the transaction managers. Call it if they live longer than the client, which
   * must not be used any more.
   */
  @Override
  public void close() {
    listened.forEach(this::ignore);
    listened.clear();
  }

  private void ignore(ConfigurableTransactionManager manager) {
    change(manager, listeners -> listeners.remove(bindings));
  }

  /**
   * Replaces the list, which may be one that cannot be added to. Contexts that share the manager
   * may come and go at once.
   */
  private static void change(
      ConfigurableTransactionManager manager,
      Consumer<Collection<TransactionExecutionListener>> how) {
    synchronized (manager) {
      var listeners = new ArrayList<>(manager.getTransactionExecutionListeners());
      how.accept(listeners);
      manager.setTransactionExecutionListeners(listeners);
    }
  }

  @Override
  public void run(Work work) {
    fresh.executeWithoutResult(status -> onConnection(work));
  }

  /**
   * Joins the transaction of the thread, if it is one of this data source.
   *
   * @throws IllegalStateException if that transaction is read-only, or its manager does not report
   *     its end
   */
  @Override
  public boolean join(Work work) {
    if (!isOpen() || !bindings.hasTransaction()) {
      return false;
    }
    if (bindings.isUnnoticed()) {
      throw new IllegalStateException(
          ("transaction '%s' has begun without notice, so what Cairn writes after its commit would be"
                  + " lost: make its transaction manager a bean, name it as one of the others of "
                  + "SpringTransactions, or use cairn.outside() [CAIRN-709]")
              .formatted(TransactionSynchronizationManager.getCurrentTransactionName()));
    }
    onConnection(connection -> {
      if (bindings.isReadOnly()) {
        throw readOnly();
      }
      requireWritable(connection);
      work.run(connection);
    });
    return true;
  }

  /** Also joins a transaction that is read-only or has begun without notice: nothing gets lost. */
  @Override
  public boolean joinToRead(Work work) {
    if (!isOpen() || !bindings.hasTransaction()) {
      return false;
    }
    onConnection(work);
    return true;
  }

  /** Whether the thread is in a transaction, of whatever manager, that is not ending. */
  private boolean isOpen() {
    return TransactionSynchronizationManager.isActualTransactionActive() && !bindings.isEnding();
  }

  /** Warns, once, if the thread is in a transaction of another data source or manager. */
  @Override
  public void writesBeside() {
    if (isOpen() && !bindings.hasTransaction() && warned.compareAndSet(false, true)) {
      log.warn(
          "Cairn writes beside the active transaction '{}', which is of another data source or "
              + "transaction manager than the jobs: what it writes, such as a job that is inserted "
              + "or cancelled, stays even if that transaction is rolled back. If this is what you "
              + "want, use cairn.outside(). This is logged once [CAIRN-703]",
          TransactionSynchronizationManager.getCurrentTransactionName());
    }
  }

  /**
   * The connection of the thread's transaction on this data source, to look at what it has written;
   * empty if the thread is in none. A read-only transaction has a connection too.
   */
  public Optional<Connection> current() {
    var current = new AtomicReference<Connection>();
    return joinToRead(current::set) ? Optional.of(current.get()) : Optional.empty();
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
        throw readOnly();
      }
    } catch (SQLException e) {
      throw new IllegalStateException(
          "the connection of the transaction failed: %s [CAIRN-605]".formatted(e.getMessage()), e);
    }
  }

  private static IllegalStateException readOnly() {
    return new IllegalStateException(
        ("transaction '%s' is read-only, so Cairn cannot write in it: remove readOnly = true, or "
                + "use cairn.outside() [CAIRN-704]")
            .formatted(TransactionSynchronizationManager.getCurrentTransactionName()));
  }

  /** Loaded only where there is JPA. */
  private static final class Jpa {
    static boolean is(PlatformTransactionManager manager) {
      return manager instanceof org.springframework.orm.jpa.JpaTransactionManager;
    }

    static boolean isManaging(PlatformTransactionManager manager, DataSource dataSource) {
      return manager instanceof org.springframework.orm.jpa.JpaTransactionManager jpa
          && dataSource.equals(jpa.getDataSource());
    }

    /**
     * Whether the dialect shows the connection: those of Hibernate and EclipseLink do, also if the
     * application extends them, and the default one does not. Empty if the application shows it by
     * code of its own, which is to be tried. The others are not tried, because a transaction needs
     * a database, and a second connection where the client is made within one.
     */
    static Optional<Boolean> showing(PlatformTransactionManager manager) {
      if (!(manager instanceof org.springframework.orm.jpa.JpaTransactionManager jpa)) {
        return Optional.empty();
      }
      Class<?> dialect = jpa.getJpaDialect().getClass();
      if (isOfSpring(dialect)) {
        return Optional.of(true); // even in a native image, which may know no method of it
      }
      Method show =
          ClassUtils.getMethodIfAvailable(dialect, "getJdbcConnection", (Class<?>[]) null);
      Class<?> owner = show == null ? dialect : show.getDeclaringClass();
      return owner == org.springframework.orm.jpa.DefaultJpaDialect.class
          ? Optional.of(false)
          : Optional.of(isOfSpring(owner)).filter(yes -> yes);
    }

    /** Whether a class is one of Spring's for an implementation of JPA. */
    private static boolean isOfSpring(Class<?> dialect) {
      return dialect.getName().startsWith("org.springframework.orm.jpa.vendor.");
    }
  }

  /** Loaded only where there is JTA. */
  private static final class Jta {
    static boolean is(PlatformTransactionManager manager) {
      return manager instanceof org.springframework.transaction.jta.JtaTransactionManager;
    }
  }
}
