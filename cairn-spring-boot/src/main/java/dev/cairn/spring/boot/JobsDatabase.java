package dev.cairn.spring.boot;

import dev.cairn.spring.CairnDataSource;
import dev.cairn.spring.CairnTransactionManager;
import dev.cairn.spring.SpringTransactions;
import java.lang.annotation.Annotation;
import java.sql.SQLException;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.BeanFactoryUtils;
import org.springframework.beans.factory.HierarchicalBeanFactory;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.NoUniqueBeanDefinitionException;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.jdbc.datasource.DelegatingDataSource;
import org.springframework.jdbc.datasource.TransactionAwareDataSourceProxy;
import org.springframework.jdbc.datasource.lookup.AbstractRoutingDataSource;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.util.ClassUtils;

/**
 * The data source that holds the jobs, and the transactions on it.
 *
 * @param dataSource never a proxy that joins the caller's transactions
 */
record JobsDatabase(DataSource dataSource, SpringTransactions transactions)
    implements AutoCloseable {
  private static final boolean HAS_JPA =
      ClassUtils.isPresent(
          "org.springframework.orm.jpa.JpaTransactionManager", JobsDatabase.class.getClassLoader());

  private static final Logger log = LoggerFactory.getLogger(JobsDatabase.class);

  /** As these beans say. */
  static JobsDatabase in(ListableBeanFactory beans) {
    DataSource dataSource = target(dataSource(beans));
    List<PlatformTransactionManager> managing = managing(beans, dataSource);
    return new JobsDatabase(
        dataSource, transactions(manager(beans, dataSource, managing), dataSource, managing));
  }

  /** Managers of parent contexts live longer than a child's client. */
  @Override
  public void close() {
    transactions.close();
  }

  private static SpringTransactions transactions(
      PlatformTransactionManager manager,
      DataSource dataSource,
      List<PlatformTransactionManager> managing) {
    try {
      return new SpringTransactions(
          manager, dataSource, managing.toArray(PlatformTransactionManager[]::new));
    } catch (IllegalArgumentException e) {
      throw new CairnConfigurationException(
          "A transaction manager of the data source that holds the jobs cannot be used: "
              + e.getMessage(),
          "Correct the manager, or give the jobs a data source of their own with @CairnDataSource");
    }
  }

  private static DataSource dataSource(ListableBeanFactory beans) {
    DataSource marked = marked(beans, DataSource.class, CairnDataSource.class);
    DataSource found = marked == null ? unique(beans.getBeanProvider(DataSource.class)) : marked;
    if (found == null) {
      throw new CairnConfigurationException(
          "There are several data sources, %s, and none or more than one of them is primary [CAIRN-702]"
              .formatted(
                  List.of(
                      BeanFactoryUtils.beanNamesForTypeIncludingAncestors(
                          beans, DataSource.class))),
          "Mark the one that holds the jobs with @CairnDataSource");
    }
    if (marked == null && isRouting(found)) {
      throw new CairnConfigurationException(
          ("The data source %s routes to others: a job would be in whichever database its thread "
                  + "is routed to, and only those of one database would be worked [CAIRN-702]")
              .formatted(found.getClass().getName()),
          "Mark the data source of the jobs' database with @CairnDataSource, or the routing one if "
              + "every transaction that inserts jobs is routed to its default target");
    }
    return found;
  }

  /** The only one, or the primary one; null if there are several, or several primary ones. */
  private static <T> @Nullable T unique(ObjectProvider<T> beans) {
    try {
      return beans.getIfUnique();
    } catch (NoUniqueBeanDefinitionException e) {
      return null;
    }
  }

  private static boolean isRouting(DataSource dataSource) {
    if (dataSource instanceof DelegatingDataSource proxy) {
      DataSource target = proxy.getTargetDataSource();
      return target != null && isRouting(target);
    }
    return dataSource instanceof AbstractRoutingDataSource || isWrapperOfRouting(dataSource);
  }

  /** As those that log or trace statements are. */
  private static boolean isWrapperOfRouting(DataSource dataSource) {
    try {
      return dataSource.isWrapperFor(AbstractRoutingDataSource.class);
    } catch (SQLException | RuntimeException | LinkageError e) {
      return false; // it does not say, or is too old to be asked
    }
  }

  /**
   * The bean with this annotation, if there is one. A mark in a context goes before those in its
   * ancestors, as with primary beans.
   */
  private static <T> @Nullable T marked(
      BeanFactory beans, Class<T> type, Class<? extends Annotation> annotation) {
    T found = beans instanceof ListableBeanFactory here ? markedIn(here, type, annotation) : null;
    BeanFactory parent =
        beans instanceof HierarchicalBeanFactory child ? child.getParentBeanFactory() : null;
    return found == null && parent != null ? marked(parent, type, annotation) : found;
  }

  /** Without its ancestors: a factory knows the annotations only of its own definitions. */
  private static <T> @Nullable T markedIn(
      ListableBeanFactory beans, Class<T> type, Class<? extends Annotation> annotation) {
    List<String> found =
        Stream.of(beans.getBeanNamesForType(type))
            .filter(name -> beans.findAnnotationOnBean(name, annotation) != null)
            .toList();
    if (found.size() > 1) {
      throw new CairnConfigurationException(
          "The beans %s all have @%s [CAIRN-702]".formatted(found, annotation.getSimpleName()),
          "Mark only one");
    }
    return found.isEmpty() ? null : beans.getBean(found.getFirst(), type);
  }

  /** The client keeps out of its callers' transactions, and joins them where it says so. */
  private static DataSource target(DataSource dataSource) {
    return dataSource instanceof TransactionAwareDataSourceProxy proxy
            && proxy.getTargetDataSource() != null
        ? target(proxy.getTargetDataSource())
        : dataSource;
  }

  /** The application's managers of this data source, the primary one first, then those of JPA. */
  private static List<PlatformTransactionManager> managing(
      ListableBeanFactory beans, DataSource dataSource) {
    ObjectProvider<PlatformTransactionManager> all =
        beans.getBeanProvider(PlatformTransactionManager.class);
    PlatformTransactionManager primary = unique(all);
    return all.orderedStream()
        .filter(manager -> SpringTransactions.isManaging(manager, dataSource))
        .sorted(
            Comparator.comparing((PlatformTransactionManager manager) -> !manager.equals(primary))
                .thenComparing(manager -> !(HAS_JPA && Jpa.is(manager))))
        .toList();
  }

  /** Without one of the application's, transactions of our own: nobody else could know them. */
  private static PlatformTransactionManager manager(
      ListableBeanFactory beans, DataSource dataSource, List<PlatformTransactionManager> managing) {
    PlatformTransactionManager marked =
        marked(beans, PlatformTransactionManager.class, CairnTransactionManager.class);
    if (marked != null) {
      return marked;
    }
    if (!managing.isEmpty()) {
      return managing.getFirst();
    }
    List<String> others =
        List.of(
            BeanFactoryUtils.beanNamesForTypeIncludingAncestors(
                beans, PlatformTransactionManager.class));
    if (!others.isEmpty()) {
      log.warn(
          "None of the transaction managers {} manages the data source that holds the jobs. Steps "
              + "run in Cairn's own transactions, in which repositories of other data sources do "
              + "not take part, and insertions do not join the transactions of those managers. If "
              + "one of them is right, mark it with @CairnTransactionManager [CAIRN-706]",
          others);
    }
    return new JdbcTransactionManager(dataSource);
  }

  /** Loaded only where there is JPA. */
  private static final class Jpa {
    static boolean is(PlatformTransactionManager manager) {
      return manager instanceof org.springframework.orm.jpa.JpaTransactionManager;
    }
  }
}
