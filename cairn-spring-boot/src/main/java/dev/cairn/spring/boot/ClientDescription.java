package dev.cairn.spring.boot;

import dev.cairn.CairnBuilder;
import dev.cairn.RetryPolicy;
import dev.cairn.Workers;
import dev.cairn.event.EventListener;
import dev.cairn.schedule.PeriodicJob;
import dev.cairn.spi.ErrorHandler;
import dev.cairn.spi.JsonCodec;
import dev.cairn.spi.Middleware;
import dev.cairn.spi.Plugin;
import dev.cairn.spring.CairnBuilderCustomizer;
import dev.cairn.spring.SpringTransactions;
import java.util.List;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.core.env.Environment;

/**
 * The settings of a client that the application's properties and beans define, except for its
 * queues. For tests, and for applications that build their own client.
 */
public final class ClientDescription {
  private final JobsDatabase database;
  private final CairnProperties properties;
  private final WorkerBeans workerBeans;
  private final ClientStop stop;
  private final ListableBeanFactory beans;
  private final Environment environment;

  ClientDescription(
      JobsDatabase database,
      CairnProperties properties,
      WorkerBeans workerBeans,
      ClientStop stop,
      ListableBeanFactory beans,
      Environment environment) {
    this.database = database;
    this.properties = properties;
    this.workerBeans = workerBeans;
    this.stop = stop;
    this.beans = beans;
    this.environment = environment;
  }

  /** The data source that holds the jobs. */
  public DataSource dataSource() {
    return database.dataSource();
  }

  /** The schema that holds the tables; null for that of the connections. */
  public @Nullable String schema() {
    return properties.schema();
  }

  /** The transactions that steps run in, and that insertions join. */
  public SpringTransactions transactions() {
    return database.transactions();
  }

  /** The workers of the application. */
  public Workers workers() {
    return workerBeans.workers();
  }

  /**
   * Gives a client the settings, the extensions and the periodic jobs, but no workers or queues.
   * Always sets the client's grace, so call {@link CairnBuilder#shutdownGrace} after this method.
   */
  public void describe(CairnBuilder client) {
    client.transactions(database.transactions());
    client.shutdownGrace(ShutdownPhase.of(environment).usualGrace());
    CairnBuilder ignored =
        CairnConfigurationException.checked("A property cairn.*", () -> properties.apply(client));
    // The outermost, so that traces, meters and the application see the queue of an annotation.
    client.middleware(workerBeans.insertOptions());
    each(Plugin.class).forEach(client::plugin);
    each(Middleware.class).forEach(client::middleware);
    client.middleware(new RefusedByShutdown(stop));
    each(EventListener.class).forEach(client::listener);
    each(PeriodicJob.class).forEach(client::periodicJob);
    workerBeans.periodic().forEach(each -> each.job().ifPresent(client::periodicJob));
    beans.getBeanProvider(JsonCodec.class).ifAvailable(client::codec);
    beans.getBeanProvider(RetryPolicy.class).ifAvailable(policy -> decide(client, policy));
    beans.getBeanProvider(ErrorHandler.class).ifAvailable(client::errorHandler);
    each(CairnBuilderCustomizer.class).forEach(each -> each.customize(client));
  }

  private void decide(CairnBuilder client, RetryPolicy policy) {
    CairnBuilder ignored =
        CairnConfigurationException.checked(
            "A property cairn.*",
            () -> {
              properties.retry().requireUnset();
              return client.retryPolicy(policy);
            });
  }

  private <T> List<T> each(Class<T> type) {
    return beans.getBeanProvider(type).orderedStream().toList();
  }
}
