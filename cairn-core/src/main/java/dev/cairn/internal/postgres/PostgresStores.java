package dev.cairn.internal.postgres;

import dev.cairn.internal.store.Stores;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** All stores on one PostgreSQL schema. */
public final class PostgresStores {
  private PostgresStores() {}

  /**
   * The stores on one schema.
   *
   * @param schema the schema's name; the connection's current one if null, asked for when first
   *     needed
   */
  public static Stores of(DataSource dataSource, @Nullable String schema) {
    var database = new Database(dataSource, schema);
    return new Stores(
        () -> new SchemaCheck(dataSource, database.schema()).verify(),
        new PostgresJobStore(database),
        new PostgresJobListStore(database),
        new PostgresJobControlStore(database),
        new PostgresCheckpointStore(database),
        new PostgresClientStore(database),
        new PostgresQueueStore(database),
        new PostgresLeaderStore(database),
        new PostgresUpkeepStore(database),
        new PostgresPeriodicStore(database),
        new PostgresNotifications(database),
        new PostgresTransactions(database),
        new PostgresWaitStore(database),
        new PostgresQuarantineStore(database),
        database);
  }
}
