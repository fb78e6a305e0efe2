package dev.cairn.cli;

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
}
