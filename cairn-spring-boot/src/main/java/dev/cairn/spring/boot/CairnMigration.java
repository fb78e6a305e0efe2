package dev.cairn.spring.boot;

import dev.cairn.SchemaException;
import dev.cairn.migrate.MigrationValidation;
import dev.cairn.migrate.Migrator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.InitializingBean;
import org.springframework.core.metrics.ApplicationStartup;
import org.springframework.core.metrics.StartupStep;

/** Sees to the tables before any bean uses them, as {@code cairn.migrate} says. */
final class CairnMigration implements InitializingBean {
  private static final Logger log = LoggerFactory.getLogger(CairnMigration.class);

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
        case VALIDATE -> validate();
        case UP -> migrator.up();
        case NEVER -> {}
      }
    } finally {
      step.end();
    }
  }

  private void validate() {
    MigrationValidation found = migrator.validate();
    if (!found.isValid()) {
      throw new SchemaException(String.join("; ", found.problems()) + " [CAIRN-601]");
    }
    found.warnings().forEach(warning -> log.warn("{} [CAIRN-611]", warning));
  }
}
