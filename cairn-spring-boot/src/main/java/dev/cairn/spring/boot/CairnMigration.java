package dev.cairn.spring.boot;

import dev.cairn.migrate.Migrator;
import org.springframework.beans.factory.InitializingBean;
import org.springframework.core.metrics.ApplicationStartup;
import org.springframework.core.metrics.StartupStep;

/** Sees to the tables before any bean uses them, as {@code cairn.migrate} says. */
final class CairnMigration implements InitializingBean {
  private final Migrator migrator;
  private final CairnProperties.Migrate mode;
  private final ApplicationStartup startup;

  CairnMigration(Migrator migrator, CairnProperties.Migrate mode, ApplicationStartup startup) {
    this.migrator = migrator;
    this.mode = mode;
    this.startup = startup;
  }

  @Override
  public void afterPropertiesSet() {
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
