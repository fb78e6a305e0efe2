package dev.cairn.internal.postgres;

import dev.cairn.internal.store.QueueStore;
import dev.cairn.jobs.Backlog;
import dev.cairn.jobs.QueueRow;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Queues in River's table. */
final class PostgresQueueStore implements QueueStore {
  private static final String CONTROL = "river_control";

  private final Database database;
  private final Session session;

  PostgresQueueStore(Database database) {
    this(database, database);
  }

  private PostgresQueueStore(Database database, Session session) {
    this.database = database;
    this.session = session;
  }

  @Override
  public QueueStore in(Connection connection) {
    return new PostgresQueueStore(database, database.in(connection));
  }

  // Waits for nobody who holds a row of a queue: that may be a transaction of the thread that adds
  // the queue, or one that changes two queues in another order. Such a row is being changed, and
  // marked as in use by that, or deleted. Only missing names are inserted, because an insertion
  // waits for whoever holds the row of its name, even with DO NOTHING.
  private static final Sql TOUCH =
      Sql.of(
          "record the queues in use",
          """
          WITH used AS MATERIALIZED (
            SELECT name FROM unnest(:names::text[]) AS queue (name)
          ),
          added AS (
            INSERT INTO {schema}.river_queue (name, created_at, metadata, updated_at)
            SELECT name, now(), '{}', now()
            FROM used
            WHERE NOT EXISTS (
              SELECT FROM {schema}.river_queue AS known WHERE known.name = used.name
            )
            ORDER BY name
            ON CONFLICT (name) DO NOTHING
            RETURNING name
          ),
          renewed AS (
            UPDATE {schema}.river_queue
            SET updated_at = now()
            WHERE name = ANY (ARRAY(
              SELECT name
              FROM {schema}.river_queue
              WHERE name = ANY (:names::text[])
              ORDER BY name
              FOR NO KEY UPDATE SKIP LOCKED
            ))
            RETURNING name
          )
          SELECT (SELECT count(*) FROM added) + (SELECT count(*) FROM renewed)
          """);

  @Override
  public boolean touch(Collection<String> names) {
    int recorded =
        session
            .list(
                TOUCH,
                Map.of("names", SqlArray.texts(List.copyOf(names), name -> name)),
                row -> row.getInt(1))
            .getFirst();
    return recorded == names.size();
  }

  // The note of an earlier pause is ignored: clients of River leave it there when they resume a
  // queue.
  private static final String QUEUE =
      Template.of(
              """
              name, metadata, paused_at, created_at, updated_at,
              CASE WHEN {is_noted} THEN metadata #>> '{{paused_key},by}' END AS paused_by,
              CASE WHEN {is_noted} THEN metadata #>> '{{paused_key},reason}' END AS pause_reason\
              """)
          .with(
              "is_noted",
              Template.of("metadata #>> '{{paused_key},at}' = {paused_at}")
                  .with("paused_at", Fragments.utc("paused_at"))
                  .sql())
          .sql();

  private static final Sql LIST =
      Sql.of("list queues", "SELECT %s FROM {schema}.river_queue ORDER BY name".formatted(QUEUE));

  @Override
  public List<QueueRow> list() {
    return session.list(LIST, Map.of(), PostgresQueueStore::queue);
  }

  private static final Sql FIND =
      Sql.of(
          "find a queue",
          "SELECT %s FROM {schema}.river_queue WHERE name = :name".formatted(QUEUE));

  @Override
  public Optional<QueueRow> find(String name) {
    return session.list(FIND, Map.of("name", name), PostgresQueueStore::queue).stream().findFirst();
  }

  @Override
  public Backlog backlog() {
    return new BacklogStatement(session).run();
  }

  // The queues are locked in the order of their names, so that two statements cannot deadlock.
  private static final String LOCKED =
      """
      locked AS MATERIALIZED (
        SELECT name
        FROM {schema}.river_queue
        WHERE name = :name OR :name = '*'
        ORDER BY name
        FOR NO KEY UPDATE
      )\
      """;

  // As in River, clients are notified even if nothing changes, for the sake of a client that has
  // missed the first notification.
  private static final String TELL =
      """
      told AS (
        SELECT pg_notify(:channel, json_build_object('action', '%s', 'queue', :name::text)::text)
        WHERE :name = '*' OR EXISTS (SELECT FROM changed)
      )
      SELECT (SELECT count(*) FROM changed), (SELECT count(*) FROM told)
      """;

  private static final Sql PAUSE =
      Sql.of(
          "pause a queue",
          Template.of(
                      """
                      WITH {locked},
                      changed AS (
                        UPDATE {schema}.river_queue AS queue
                        SET paused_at = coalesce(paused_at, now()), updated_at = now(),
                          metadata = CASE
                            WHEN :by::text IS NOT NULL AND jsonb_typeof(metadata) = 'object'
                              THEN metadata || jsonb_build_object('{paused_key}',
                                jsonb_strip_nulls(jsonb_build_object('by', :by::text,
                                  'at', {paused_at}, 'reason', :reason::text)))
                            ELSE metadata END
                        FROM locked
                        WHERE queue.name = locked.name
                        RETURNING queue.name
                      ),
                      """)
                  .with("locked", LOCKED)
                  .with("paused_at", Fragments.utc("coalesce(paused_at, now())"))
                  .sql()
              + TELL.formatted("pause"));

  @Override
  public int pause(String name, @Nullable String by, @Nullable String reason) {
    Map<String, @Nullable Object> values = values(name);
    values.put("by", by);
    values.put("reason", reason);
    return change(PAUSE, values);
  }

  private static final Sql RESUME =
      Sql.of(
          "resume a queue",
          Template.of(
                      """
                      WITH {locked},
                      changed AS (
                        UPDATE {schema}.river_queue AS queue
                        SET paused_at = NULL, updated_at = now(),
                          metadata = CASE WHEN jsonb_typeof(metadata) = 'object'
                            THEN metadata - '{paused_key}' ELSE metadata END
                        FROM locked
                        WHERE queue.name = locked.name
                        RETURNING queue.name
                      ),
                      """)
                  .with("locked", LOCKED)
                  .sql()
              + TELL.formatted("resume"));

  @Override
  public int resume(String name) {
    return change(RESUME, values(name));
  }

  private Map<String, @Nullable Object> values(String name) {
    var values = new HashMap<String, @Nullable Object>();
    values.put("name", name);
    values.put("channel", session.schema().channel(CONTROL));
    return values;
  }

  private int change(Sql sql, Map<String, @Nullable Object> values) {
    return session.list(sql, values, row -> row.getInt(1)).getFirst();
  }

  // PostgreSQL refuses a notification of 8,000 bytes or more. If the metadata are too long, clients
  // of River read them only when they start.
  private static final Sql UPDATE =
      Sql.of(
          "change a queue",
          Template.of(
                  """
                  WITH changed AS (
                    UPDATE {schema}.river_queue
                    SET metadata = :metadata::jsonb, updated_at = now()
                    WHERE name = :name
                    RETURNING {queue}
                  ),
                  notice AS (
                    SELECT json_build_object('action', 'metadata_changed',
                      'metadata', metadata, 'queue', name)::text AS payload
                    FROM changed
                  ),
                  told AS (
                    SELECT pg_notify(:channel, payload) FROM notice WHERE octet_length(payload) < 8000
                  )
                  SELECT changed.*, (SELECT count(*) FROM told) FROM changed
                  """)
              .with("queue", QUEUE)
              .sql());

  @Override
  public Optional<QueueRow> update(String name, String metadata) {
    return session
        .list(
            UPDATE,
            Map.of(
                "name", name,
                "metadata", metadata,
                "channel", session.schema().channel(CONTROL)),
            PostgresQueueStore::queue)
        .stream()
        .findFirst();
  }

  private static final Sql CLEAN =
      Sql.of(
          "forget unused queues",
          """
          DELETE FROM {schema}.river_queue
          WHERE name IN (
            SELECT name
            FROM {schema}.river_queue
            WHERE updated_at < now() - :unused_ms * interval '1 millisecond'
              AND paused_at IS NULL
            ORDER BY name
            LIMIT :limit
            FOR UPDATE SKIP LOCKED
          )
          RETURNING name
          """);

  @Override
  public int clean(Duration unused, int limit) {
    return session
        .list(
            CLEAN, Map.of("unused_ms", unused.toMillis(), "limit", limit), row -> row.getString(1))
        .size();
  }

  // A leader of River deletes a queue that was not updated for a day, even if it is paused. A row
  // that somebody holds is being changed anyway.
  private static final Sql KEEP_PAUSED =
      Sql.of(
          "keep paused queues",
          """
          UPDATE {schema}.river_queue
          SET updated_at = now()
          WHERE name = ANY (ARRAY(
            SELECT name
            FROM {schema}.river_queue
            WHERE paused_at IS NOT NULL AND updated_at < now() - interval '1 hour'
            ORDER BY name
            FOR NO KEY UPDATE SKIP LOCKED
          ))
          RETURNING name
          """);

  @Override
  public void keepPaused() {
    session.list(KEEP_PAUSED, Map.of(), row -> row.getString(1));
  }

  private static QueueRow queue(ResultSet row) throws SQLException {
    return new QueueRow(
        row.getString(1),
        row.getString(2),
        Rows.nullableInstant(row, 3),
        Rows.instant(row, 4),
        Rows.instant(row, 5),
        row.getString(6),
        row.getString(7));
  }
}
