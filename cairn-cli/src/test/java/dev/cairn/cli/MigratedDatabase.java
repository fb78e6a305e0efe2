package dev.cairn.cli;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.cairn.embedded.EmbeddedDatabase;
import dev.cairn.embedded.FreshDatabase;
import dev.cairn.migrate.Migrator;

/** Databases with Cairn's tables: migrated once for all tests of a run, and copied for each. */
public final class MigratedDatabase {
  private static final FreshDatabase TEMPLATE = EmbeddedDatabase.shared().newDatabase();

  static {
    Migrator.of(TEMPLATE.dataSource()).up();
  }

  private MigratedDatabase() {}

  /** One that no other test uses. */
  public static FreshDatabase fresh() {
    return EmbeddedDatabase.shared().copyOf(TEMPLATE);
  }

  /** For clients of the test itself, which ask often: opening a connection takes its time. */
  public static HikariDataSource pool(FreshDatabase database) {
    var config = new HikariConfig();
    config.setDataSource(database.dataSource());
    config.setMinimumIdle(0);
    return new HikariDataSource(config);
  }
}
