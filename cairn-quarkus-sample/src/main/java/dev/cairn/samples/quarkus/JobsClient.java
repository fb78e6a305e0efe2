package dev.cairn.samples.quarkus;

import dev.cairn.Cairn;
import dev.cairn.Worker;
import dev.cairn.Workers;
import dev.cairn.migrate.Migrator;
import io.agroal.api.AgroalDataSource;
import io.quarkus.agroal.DataSource;
import io.quarkus.arc.All;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.List;

// docs: quarkus.md
@Singleton
class JobsClient {
  private final AgroalDataSource jobs;
  private final Cairn cairn;

  JobsClient(
      AgroalDataSource application,
      @DataSource("jobs") AgroalDataSource jobs,
      @All List<Worker<?>> beans) {
    Workers.Builder workers = Workers.builder();
    beans.forEach(workers::register);
    this.jobs = jobs;
    this.cairn =
        Cairn.builder(jobs)
            .transactions(new JtaTransactions(application))
            .workers(workers.build())
            .queue("default", 10)
            .shutdownGrace(Duration.ofSeconds(20))
            .build();
  }

  @Produces
  @Singleton
  Cairn cairn() {
    return cairn;
  }

  void start(@Observes StartupEvent event) {
    Migrator.of(jobs).up(); // or with your migration tool
    cairn.start();
  }

  void stop(@Observes ShutdownEvent event) {
    cairn.close(); // before the pools are closed
  }
}
// end docs
