package dev.cairn.spring.boot;

import dev.cairn.Cairn;
import dev.cairn.CairnBuilder;
import dev.cairn.QueueOptions;
import dev.cairn.RetryPolicy;
import dev.cairn.event.EventListener;
import dev.cairn.migrate.Migrator;
import dev.cairn.schedule.PeriodicJob;
import dev.cairn.spi.ErrorHandler;
import dev.cairn.spi.JsonCodec;
import dev.cairn.spi.Middleware;
import dev.cairn.spi.Plugin;
import dev.cairn.spring.CairnBuilderCustomizer;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import javax.sql.DataSource;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceTransactionManagerAutoConfiguration;
import org.springframework.boot.sql.init.dependency.DependsOnDatabaseInitialization;
import org.springframework.boot.transaction.autoconfigure.TransactionAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.support.AbstractApplicationContext;
import org.springframework.core.env.Environment;
import org.springframework.core.metrics.ApplicationStartup;

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
  private static final String DEFAULT_QUEUE = "default";

  /** How long before the end of a shutdown phase the jobs are interrupted. */
  private static final Duration HANDING_BACK = Duration.ofSeconds(5);

  @Bean
  JobsDatabase cairnJobsDatabase(ListableBeanFactory beans) {
    return JobsDatabase.in(beans);
  }

  @Bean
  @ConditionalOnMissingBean
  @DependsOnDatabaseInitialization
  CairnMigration cairnMigration(
      JobsDatabase database, CairnProperties properties, AbstractApplicationContext context) {
    Migrator migrator = Migrator.of(database.dataSource()).inSchema(properties.schema());
    return new CairnMigration(migrator, properties.migrate(), startup(context));
  }

  @Bean
  WorkerBeans cairnWorkerBeans(ConfigurableListableBeanFactory beans, CairnProperties properties) {
    return WorkerBeans.in(beans, properties.resume().policy());
  }

  @Bean
  @ConditionalOnMissingBean
  Cairn cairn(
      JobsDatabase database,
      CairnMigration migration,
      CairnProperties properties,
      WorkerBeans workers,
      ListableBeanFactory beans,
      Environment environment) {
    CairnBuilder client =
        Cairn.builder(database.dataSource())
            .transactions(database.transactions())
            .shutdownGrace(grace(properties, environment));
    properties.apply(client);
    if (properties.work() && !workers.all().isEmpty()) {
      client.workers(workers.workers());
      queues(properties, workers).forEach(client::queue);
    }
    workers.periodic().forEach(each -> each.job().ifPresent(client::periodicJob));
    addBeans(client, workers, beans);
    return client.build();
  }

  /** The queues of the properties and those that workers name. */
  private static Map<String, QueueOptions> queues(CairnProperties properties, WorkerBeans workers) {
    var queues = new TreeMap<String, QueueOptions>();
    properties
        .queues()
        .forEach((name, queue) -> queues.put(name, queue.options(properties.maxWorkers())));
    QueueOptions usual = QueueOptions.of(properties.maxWorkers());
    workers.queues().forEach(name -> queues.putIfAbsent(name, usual));
    if (properties.queues().isEmpty()) {
      queues.putIfAbsent(DEFAULT_QUEUE, usual);
    }
    return queues;
  }

  private static void addBeans(
      CairnBuilder client, WorkerBeans workers, ListableBeanFactory beans) {
    each(beans, Plugin.class).forEach(client::plugin);
    each(beans, Middleware.class).forEach(client::middleware);
    client.middleware(workers.insertOptions());
    each(beans, EventListener.class).forEach(client::listener);
    each(beans, PeriodicJob.class).forEach(client::periodicJob);
    beans.getBeanProvider(JsonCodec.class).ifUnique(client::codec);
    beans.getBeanProvider(RetryPolicy.class).ifUnique(client::retryPolicy);
    beans.getBeanProvider(ErrorHandler.class).ifUnique(client::errorHandler);
    each(beans, CairnBuilderCustomizer.class).forEach(each -> each.customize(client));
  }

  private static <T> Iterable<T> each(ListableBeanFactory beans, Class<T> type) {
    ObjectProvider<T> provider = beans.getBeanProvider(type);
    return provider.orderedStream().toList();
  }

  @Bean
  @ConditionalOnMissingBean
  ClientLifecycle cairnLifecycle(
      Cairn client,
      CairnProperties properties,
      WorkerBeans workers,
      Environment environment,
      AbstractApplicationContext context) {
    boolean works = !client.status().queues().isEmpty();
    return new ClientLifecycle(
        client, works, workers, grace(properties, environment), startup(context));
  }

  @Bean
  ClientLifecycle.Drained cairnDrained(Cairn client) {
    return new ClientLifecycle.Drained(client);
  }

  /** The jobs have to be handed back before the context gives up to wait. */
  private static Duration grace(CairnProperties properties, Environment environment) {
    if (properties.shutdownGrace() != null) {
      return properties.shutdownGrace();
    }
    Duration phase =
        environment.getProperty(
            "spring.lifecycle.timeout-per-shutdown-phase", Duration.class, Duration.ofSeconds(30));
    Duration half = phase.dividedBy(2);
    Duration less = phase.minus(HANDING_BACK);
    return less.compareTo(half) > 0 ? less : half;
  }

  private static ApplicationStartup startup(AbstractApplicationContext context) {
    return context.getApplicationStartup();
  }
}
