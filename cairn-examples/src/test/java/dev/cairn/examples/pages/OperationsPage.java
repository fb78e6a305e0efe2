package dev.cairn.examples.pages;

import dev.cairn.Cairn;
import dev.cairn.Workers;
import dev.cairn.migrate.MigrationLine;
import dev.cairn.migrate.MigrationOptions;
import dev.cairn.migrate.MigrationResult;
import dev.cairn.migrate.Migrator;
import java.time.Duration;
import javax.sql.DataSource;

/** The code of docs/operations.md and docs/migrations.md. */
@SuppressWarnings("unused")
abstract class OperationsPage {
  private DataSource dataSource;
  private Workers workers;

  void startAndStop() {
    // docs: operations.md
    Cairn cairn =
        Cairn.builder(dataSource)
            .workers(workers)
            .queue("default", 100) // at most 100 of its jobs at once in this process
            .queue("reports", 2)
            .build();
    cairn.start();
    // ...
    cairn.stop(Duration.ofSeconds(25));
    // end docs
  }

  void migrate() {
    // docs: migrations.md
    Migrator.of(dataSource).up();
    // end docs
  }

  void migrateSome() {
    // docs: migrations.md
    MigrationResult result =
        Migrator.of(dataSource)
            .inSchema("jobs")
            .up(MigrationOptions.defaults().withLine(MigrationLine.MAIN).withTargetVersion(6));
    result.steps().forEach(step -> System.out.println(step.line() + " " + step.version()));
    // end docs
  }
}
