package dev.cairn.spring.boot;

import dev.cairn.migrate.Migrator;
import org.springframework.beans.factory.InitializingBean;
import org.springframework.core.metrics.ApplicationStartup;
import org.springframework.core.metrics.StartupStep;

/** Sees to the tables before any bean uses them, as {@code cairn.migrate} says. */
final class CairnMigration implements InitializingBean {
  private final Runnable migration;

  CairnMigration(Migrator migrator, CairnProperties.Migrate mode, ApplicationStartup startup) {
    this(() -> migrate(migrator, mode, startup));
  }

  private CairnMigration(Runnable migration) {
    this.migration = migration;
  }

  /** Leaves the tables to somebody else. */
  static CairnMigration none() {
    return new CairnMigration(() -> {});
  }

  @Override
  public void afterPropertiesSet() {
    migration.run();
  }

  private static void migrate(
      Migrator migrator, CairnProperties.Migrate mode, ApplicationStartup startup) {
    StartupStep step = startup.start("cairn.migrate").tag("mode", mode.name());
    try {
      switch (mode) {
        case VALIDATE -> migrator.verify();
        case UP -> migrator.up();
        case NEVER -> {}
      }
    } finally {
      step.end();
    }
  }
}
