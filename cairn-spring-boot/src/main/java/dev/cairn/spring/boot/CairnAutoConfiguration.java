package dev.cairn.spring.boot;

import dev.cairn.Cairn;
import dev.cairn.CairnBuilder;
import dev.cairn.ResumePolicy;
import dev.cairn.migrate.Migrator;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.convert.DurationStyle;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceTransactionManagerAutoConfiguration;
import org.springframework.boot.jdbc.metadata.DataSourcePoolMetadataProvider;
import org.springframework.boot.sql.init.dependency.DependsOnDatabaseInitialization;
import org.springframework.boot.transaction.autoconfigure.TransactionAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Conditional;
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
@Conditional(OnDataSource.class)
@ConditionalOnProperty(name = "cairn.enabled", matchIfMissing = true)
@EnableConfigurationProperties(CairnProperties.class)
public final class CairnAutoConfiguration {
  private static final Logger log = LoggerFactory.getLogger(CairnAutoConfiguration.class);

  private static final List<ChronoUnit> UNITS =
      List.of(
          ChronoUnit.DAYS,
          ChronoUnit.HOURS,
          ChronoUnit.MINUTES,
          ChronoUnit.SECONDS,
          ChronoUnit.MILLIS,
          ChronoUnit.MICROS,
          ChronoUnit.NANOS);

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
            CairnConfigurationException.checked(
                "cairn.schema",
                () -> Migrator.of(database.getObject().dataSource()).inSchema(properties.schema())),
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
    ResumePolicy usual =
        CairnConfigurationException.checked(
            "A property cairn.resume.*", () -> properties.resume().policy());
    return WorkerBeans.in(beans, new UsualPolicy(beans.getBeanProvider(Cairn.class), usual));
  }

  @Bean
  @Lazy
  ClientDescription cairnClientDescription(
      JobsDatabase database,
      CairnMigration migration,
      CairnProperties properties,
      WorkerBeans workers,
      ClientStop stop,
      ListableBeanFactory beans,
      Environment environment) {
    return new ClientDescription(database, properties, workers, stop, beans, environment);
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
        ObjectProvider<DataSourcePoolMetadataProvider> pools,
        ConfigurableListableBeanFactory beans) {
      Thread thread = Thread.currentThread();
      ClassLoader before = thread.getContextClassLoader();
      thread.setContextClassLoader(beans.getBeanClassLoader());
      try {
        Cairn client = client(description, properties, workers);
        PoolSize.compare(description.dataSource(), pools, client);
        return client;
      } finally {
        thread.setContextClassLoader(before);
      }
    }

    private static Cairn client(
        ClientDescription description, CairnProperties properties, WorkerBeans workers) {
      CairnBuilder client = Cairn.builder(description.dataSource());
      if (!properties.work()) {
        description.describe(client);
        return client.withoutQueues().build();
      }
      client.workers(description.workers());
      WorkedQueues queues = WorkedQueues.of(properties, workers);
      queues.addTo(client);
      try {
        description.describe(client);
      } catch (IllegalArgumentException e) {
        queues.requireNotAddedBy(e);
        throw e;
      }
      return built(client, properties);
    }

    /**
     * Queues that are described for nobody are a mistake, such as a worker that is no bean. Found
     * only now, since a customizer may bring workers of its own.
     */
    private static Cairn built(CairnBuilder client, CairnProperties properties) {
      try {
        return client.build();
      } catch (IllegalArgumentException e) {
        boolean hasNoWorkers = String.valueOf(e.getMessage()).contains("CAIRN-106");
        if (!hasNoWorkers || properties.queues().isEmpty()) {
          throw e;
        }
        throw new CairnConfigurationException(
            "cairn.queues.%s is set, but no bean is a worker [CAIRN-712]"
                .formatted(new TreeMap<>(properties.queues()).firstKey()),
            "Make the worker a bean: a Worker<...>, or a bean with a @CairnWorker method. In an"
                + " application that only inserts, remove cairn.queues or set cairn.work=false");
      }
    }
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
    Duration phase = ShutdownPhase.of(environment).timeout();
    if (works && client.shutdownGrace().compareTo(phase) >= 0) {
      log.warn(
          "Jobs have {} to stop, but the context closes their data source after {}, the timeout of"
              + " a shutdown phase. Lower cairn.shutdown-grace, or shutdownGrace of the client, or"
              + " raise spring.lifecycle.timeout-per-shutdown-phase [CAIRN-715]",
          asInProperties(client.shutdownGrace()),
          asInProperties(phase));
    }
    return new ClientLifecycle(client, works, workers, context, stop);
  }

  /** As Boot reads it, for example {@code 90s}: in one unit, the largest that is exact. */
  private static String asInProperties(Duration duration) {
    ChronoUnit unit =
        UNITS.stream()
            .filter(
                each -> duration.equals(Duration.of(duration.dividedBy(each.getDuration()), each)))
            .findFirst()
            .orElse(ChronoUnit.NANOS);
    return DurationStyle.SIMPLE.print(duration, unit);
  }

  @Bean
  @ConditionalOnMissingBean
  ClientLifecycle.Drained cairnDrained(Cairn client, ClientStop stop) {
    return new ClientLifecycle.Drained(client, stop);
  }
}
