package dev.cairn.samples.micronaut;

import dev.cairn.Cairn;
import dev.cairn.Worker;
import dev.cairn.Workers;
import dev.cairn.migrate.Migrator;
import io.micronaut.context.annotation.Factory;
import io.micronaut.context.event.ShutdownEvent;
import io.micronaut.context.event.StartupEvent;
import io.micronaut.data.connection.jdbc.advice.DelegatingDataSource;
import io.micronaut.runtime.event.annotation.EventListener;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.List;
import javax.sql.DataSource;

// docs: micronaut.md
@Factory
final class JobsClient {
  @Singleton
  Cairn cairn(DataSource dataSource, MicronautTransactions transactions, List<Worker<?>> workers) {
    Workers.Builder registered = Workers.builder();
    workers.forEach(registered::register);
    return Cairn.builder(DelegatingDataSource.unwrapDataSource(dataSource)) // the pool itself
        .transactions(transactions)
        .workers(registered.build())
        .queue("default", 10)
        .shutdownGrace(Duration.ofSeconds(20))
        .build();
  }

  @Singleton
  static final class Lifecycle {
    private final DataSource dataSource;
    private final Cairn cairn;

    Lifecycle(DataSource dataSource, Cairn cairn) {
      this.dataSource = DelegatingDataSource.unwrapDataSource(dataSource);
      this.cairn = cairn;
    }

    @EventListener
    void start(StartupEvent event) {
      Migrator.of(dataSource).up(); // or with your migration tool
      cairn.start();
    }

    @EventListener
    void stop(ShutdownEvent event) {
      cairn.close(); // before the pool is closed
    }
  }
}
// end docs
