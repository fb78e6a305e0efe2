package dev.cairn.spring.boot;

import dev.cairn.Cairn;
import dev.cairn.CairnBuilder;
import dev.cairn.QueueOptions;
import dev.cairn.migrate.Migrator;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceTransactionManagerAutoConfiguration;
import org.springframework.boot.sql.init.dependency.DependsOnDatabaseInitialization;
import org.springframework.boot.transaction.autoconfigure.TransactionAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Lazy;
import org.springframework.context.support.AbstractApplicationContext;
import org.springframework.core.env.Environment;

/**
 * A {@link Cairn} on the application's data source that works the jobs of all worker beans. Starts
 * and stops with the context.
 */
@AutoConfiguration(
    after = {
      DataSourceAutoConfiguration.class,
      DataSourceTransactionManagerAutoConfiguration.class,
      TransactionAutoConfiguration.class
    },
    afterName = "org.springframework.boot.hibernate.autoconfigure.HibernateJpaAutoConfiguration")
@ConditionalOnClass({Cairn.class, DataSource.class})
@ConditionalOnBean(DataSource.class)
@ConditionalOnProperty(name = "cairn.enabled", matchIfMissing = true)
@EnableConfigurationProperties(CairnProperties.class)
public final class CairnAutoConfiguration {
  private static final Logger log = LoggerFactory.getLogger(CairnAutoConfiguration.class);
  private static final String DEFAULT_QUEUE = "default";

  /** How long before the end of a shutdown phase the jobs are interrupted. */
  private static final Duration HANDING_BACK = Duration.ofSeconds(5);

  // Not made for a client of the application's own, whose data source may be another one.
  @Bean
  @Lazy
  JobsDatabase cairnJobsDatabase(ListableBeanFactory beans) {
    return JobsDatabase.in(beans);
  }

  // A client of the application's own does not ask for it.
  @Bean
  @Lazy(false)
  @ConditionalOnMissingBean
  @DependsOnDatabaseInitialization
  CairnMigration cairnMigration(
      ObjectProvider<JobsDatabase> database,
      CairnProperties properties,
      ConfigurableListableBeanFactory beans,
      AbstractApplicationContext context) {
    return hasOwnTables(beans, context.getEnvironment())
        ? CairnMigration.none()
        : new CairnMigration(
            Migrator.of(database.getObject().dataSource()).inSchema(properties.schema()),
            properties.migrate(),
            context.getApplicationStartup());
  }

  /**
   * Whether the tables are left to a client of the application's own, or to nobody because a test
   * mocks the client. Not if a property says what to do about them.
   */
  private static boolean hasOwnTables(
      ConfigurableListableBeanFactory beans, Environment environment) {
    boolean isOurs =
        beans.getBeanProvider(ClientConfiguration.class).getIfAvailable() != null
            // A mock is there before all beans, and our client after its tables.
            && Stream.of(beans.getBeanNamesForType(Cairn.class, true, false))
                .noneMatch(beans::containsSingleton);
    return !isOurs && !Binder.get(environment).bind("cairn.migrate", String.class).isBound();
  }

  @Bean
  WorkerBeans cairnWorkerBeans(ConfigurableListableBeanFactory beans, CairnProperties properties) {
    return WorkerBeans.in(beans, properties.resume().policy());
  }

  @Bean
  @Lazy
  ClientDescription cairnClientDescription(
      JobsDatabase database,
      CairnMigration migration,
      CairnProperties properties,
      WorkerBeans workers,
      ClientStop stop,
      ListableBeanFactory beans) {
    return new ClientDescription(database, properties, workers, stop, beans);
  }

  @Bean
  @Lazy(false)
  UntakenWorkers cairnUntakenWorkers(
      ListableBeanFactory beans, WorkerBeans workers, CairnProperties properties) {
    return new UntakenWorkers(beans, workers, properties.work());
  }

  /** The client, unless the application has one of its own. */
  @Configuration(proxyBeanMethods = false)
  @ConditionalOnMissingBean(Cairn.class)
  static class ClientConfiguration {
    /**
     * The threads of a client have the class loader of the thread that builds it: that of the
     * context, which DevTools replaces.
     */
    @Bean
    Cairn cairn(
        ClientDescription description,
        CairnProperties properties,
        WorkerBeans workers,
        ConfigurableListableBeanFactory beans,
        Environment environment) {
      Thread thread = Thread.currentThread();
      ClassLoader before = thread.getContextClassLoader();
      thread.setContextClassLoader(beans.getBeanClassLoader());
      try {
        return client(description, properties, workers, grace(properties, environment));
      } finally {
        thread.setContextClassLoader(before);
      }
    }

    private static Cairn client(
        ClientDescription description,
        CairnProperties properties,
        WorkerBeans workers,
        Duration grace) {
      CairnBuilder client = Cairn.builder(description.dataSource()).shutdownGrace(grace);
      if (properties.work()) {
        requireWorkers(properties, workers, description);
      }
      if (properties.work() && !workers.all().isEmpty()) {
        client.workers(description.workers());
        queues(properties, workers).forEach(client::queue);
      }
      description.describe(client);
      return properties.work() ? client.build() : client.withoutQueues().build();
    }
  }

  /**
   * Queues that are described for nobody are a mistake, such as a worker that is no bean. A
   * customizer may bring workers of its own.
   */
  private static void requireWorkers(
      CairnProperties properties, WorkerBeans workers, ClientDescription description) {
    if (workers.all().isEmpty() && !properties.queues().isEmpty() && !description.isCustomized()) {
      throw new CairnConfigurationException(
          "cairn.queues.%s is set, but no bean is a worker [CAIRN-712]"
              .formatted(new TreeMap<>(properties.queues()).firstKey()),
          "Make the worker a bean: a Worker<...>, or a bean with a @CairnWorker method. In an"
              + " application that only inserts, remove cairn.queues or set cairn.work=false");
    }
  }

  /** The queues of the properties and those that workers name. */
  private static Map<String, QueueOptions> queues(CairnProperties properties, WorkerBeans workers) {
    var queues = new TreeMap<String, QueueOptions>();
    properties
        .queues()
        .forEach((name, queue) -> queues.put(name, queue.options(properties.maxWorkers())));
    QueueOptions usual = QueueOptions.of(properties.maxWorkers());
    workers.queues().forEach(name -> queues.putIfAbsent(name, usual));
    if (workers.queues().containsAll(properties.queues().keySet())) {
      // No queue is named but to set its number of workers.
      queues.putIfAbsent(DEFAULT_QUEUE, usual);
    }
    return queues;
  }

  @Bean
  ClientStop cairnStop() {
    return new ClientStop();
  }

  @Bean
  @ConditionalOnMissingBean
  ClientLifecycle cairnLifecycle(
      Cairn client,
      CairnProperties properties,
      WorkerBeans workers,
      Environment environment,
      AbstractApplicationContext context,
      ClientStop stop) {
    boolean works = properties.work() && ClientLifecycle.hasQueues(client);
    Duration grace = grace(properties, environment);
    if (works && grace.compareTo(phase(environment)) >= 0) {
      log.warn(
          "Jobs have {} to stop, but the context closes their data source after {}, the timeout of"
              + " a shutdown phase. Lower cairn.shutdown-grace, or raise"
              + " spring.lifecycle.timeout-per-shutdown-phase [CAIRN-715]",
          grace,
          phase(environment));
    }
    return new ClientLifecycle(client, works, workers, grace, context, stop);
  }

  @Bean
  @ConditionalOnMissingBean
  ClientLifecycle.Drained cairnDrained(Cairn client, ClientStop stop) {
    return new ClientLifecycle.Drained(client, stop);
  }

  /** The jobs have to be handed back before the context gives up to wait. */
  private static Duration grace(CairnProperties properties, Environment environment) {
    if (properties.shutdownGrace() != null) {
      return properties.shutdownGrace();
    }
    Duration phase = phase(environment);
    Duration half = phase.dividedBy(2);
    Duration less = phase.minus(HANDING_BACK);
    return less.compareTo(half) > 0 ? less : half;
  }

  private static Duration phase(Environment environment) {
    return Binder.get(environment)
        .bind("spring.lifecycle.timeout-per-shutdown-phase", Duration.class)
        .orElse(Duration.ofSeconds(30));
  }
}
