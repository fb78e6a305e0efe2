package dev.cairn.internal.postgres;

import dev.cairn.internal.store.Stores;
import dev.cairn.spi.TransactionRunner;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** All stores on one PostgreSQL schema. */
public final class PostgresStores {
  private PostgresStores() {}

  /**
   * Creates the stores of one schema.
   *
   * @param schema the schema's name; null for the connection's current schema, which is read when
   *     it is first needed
   */
  public static Stores of(DataSource dataSource, @Nullable String schema) {
    return of(dataSource, schema, null);
  }

  /**
   * Creates the stores, with a runner for the transactions of workers.
   *
   * @param runner the application's runner; null for transactions on the data source
   */
  public static Stores of(
      DataSource dataSource, @Nullable String schema, @Nullable TransactionRunner runner) {
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
        new PostgresTransactions(database, null),
        new PostgresTransactions(database, runner),
        new PostgresWaitStore(database),
        new PostgresQuarantineStore(database),
        database);
  }
}
