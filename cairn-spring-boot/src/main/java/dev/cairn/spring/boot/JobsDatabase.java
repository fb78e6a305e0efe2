package dev.cairn.spring.boot;

import dev.cairn.spring.CairnDataSource;
import dev.cairn.spring.CairnTransactionManager;
import dev.cairn.spring.SpringTransactions;
import java.lang.annotation.Annotation;
import java.util.List;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.jdbc.datasource.TransactionAwareDataSourceProxy;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.ResourceTransactionManager;
import org.springframework.util.ClassUtils;

/**
 * The data source that holds the jobs, and the transactions on it.
 *
 * @param dataSource never a proxy that joins the caller's transactions
 */
record JobsDatabase(DataSource dataSource, SpringTransactions transactions) {
  private static final boolean HAS_JPA =
      ClassUtils.isPresent(
          "org.springframework.orm.jpa.JpaTransactionManager", JobsDatabase.class.getClassLoader());

  /** As these beans say. */
  static JobsDatabase in(ListableBeanFactory beans) {
    DataSource dataSource = target(dataSource(beans));
    PlatformTransactionManager manager = manager(beans, dataSource);
    return new JobsDatabase(dataSource, new SpringTransactions(manager, dataSource));
  }

  private static DataSource dataSource(ListableBeanFactory beans) {
    DataSource marked = marked(beans, DataSource.class, CairnDataSource.class);
    DataSource found =
        marked == null ? beans.getBeanProvider(DataSource.class).getIfUnique() : marked;
    if (found == null) {
      throw new CairnConfigurationException(
          "There are several data sources, %s, and none of them is primary [CAIRN-702]"
              .formatted(List.of(beans.getBeanNamesForType(DataSource.class))),
          "Mark the one that holds the jobs with @CairnDataSource");
    }
    return found;
  }

  /** The bean with this annotation, if there is one. */
  private static <T> @Nullable T marked(
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

  /** Without one of the application's, transactions of our own: nobody else could know them. */
  private static PlatformTransactionManager manager(
      ListableBeanFactory beans, DataSource dataSource) {
    PlatformTransactionManager marked =
        marked(beans, PlatformTransactionManager.class, CairnTransactionManager.class);
    if (marked != null) {
      return marked;
    }
    return beans
        .getBeanProvider(PlatformTransactionManager.class)
        .orderedStream()
        .filter(manager -> manages(manager, dataSource))
        .findFirst()
        .orElseGet(() -> new JdbcTransactionManager(dataSource));
  }

  private static boolean manages(PlatformTransactionManager manager, DataSource dataSource) {
    if (HAS_JPA && Jpa.manages(manager, dataSource)) {
      return true;
    }
    return manager instanceof ResourceTransactionManager of
        && dataSource.equals(of.getResourceFactory());
  }

  /** Loaded only where there is JPA. */
  private static final class Jpa {
    static boolean manages(PlatformTransactionManager manager, DataSource dataSource) {
      return manager instanceof org.springframework.orm.jpa.JpaTransactionManager jpa
          && dataSource.equals(jpa.getDataSource());
    }
  }
}
