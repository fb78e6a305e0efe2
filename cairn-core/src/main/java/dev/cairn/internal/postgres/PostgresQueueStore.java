package dev.cairn.internal.postgres;

import dev.cairn.internal.store.QueueStore;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/** Queues in River's table. */
final class PostgresQueueStore implements QueueStore {
  private final Database database;

  PostgresQueueStore(Database database) {
    this.database = database;
  }

  private static final Sql TOUCH =
      Sql.of(
          "record the queues in use",
          """
          INSERT INTO {schema}.river_queue (name, created_at, metadata, updated_at)
          SELECT name, now(), '{}', now()
          FROM unnest(:names::text[]) AS queue (name)
          ORDER BY name
          ON CONFLICT (name) DO UPDATE SET updated_at = excluded.updated_at
          """);

  @Override
  public void touch(Collection<String> names) {
    database.update(TOUCH, Map.of("names", SqlArray.texts(List.copyOf(names), name -> name)));
  }
}
