package dev.cairn.internal.postgres;

import dev.cairn.CairnException;
import dev.cairn.SchemaException;
import dev.cairn.migrate.IndexProfile;
import dev.cairn.migrate.IndexStep;
import java.sql.Connection;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * The indexes on jobs that only searches use. {@link IndexProfile}s differ in these. Thread-safe.
 *
 * <p>They are dropped and built without blocking other sessions, which is not possible in one
 * transaction. An interrupted build leaves an invalid index, which the server updates but never
 * reads. An index that is being built looks the same. But a session that builds or drops an index
 * holds a lock on the table, and {@link #LOCK} waits for that lock: an index that is invalid
 * afterwards is a leftover. {@code LOCK} waits without a snapshot, because the build would wait for
 * a statement with a snapshot.
 */
public final class SearchIndexes {
  // If two builds begin at the same moment, one of them waits with a snapshot after all. After a
  // second, PostgreSQL then cancels one of them as a deadlock, and that one is tried again.
  private static final int TRIES_MAX = 20;

  private static final List<Index> INDEXES =
      List.of(
          new Index("river_job_kind", "(kind)"),
          new Index("river_job_args_index", "USING gin (args)"),
          new Index("river_job_metadata_index", "USING gin (metadata)"));

  private final Database database;

  /**
   * @param schema the schema's name; null for the connection's current schema
   */
  public SearchIndexes(DataSource dataSource, @Nullable String schema) {
    this.database = new Database(dataSource, schema);
  }

  private record Index(String name, String definition) {
    String build() {
      return "CREATE INDEX CONCURRENTLY %s ON {schema}.river_job %s".formatted(name, definition);
    }

    boolean isIn(List<Found> found) {
      return found.stream().anyMatch(it -> it.valid() && it.name().equals(name));
    }
  }

  /** An index in the database: one of ours, or a leftover of a rebuild. */
  private record Found(String name, boolean valid) {}

  /** The current profile; empty if neither profile is complete. */
  public Optional<IndexProfile> profile() {
    List<Found> found = database.onOwnConnection(FOUND.purpose(), this::found);
    if (found.isEmpty()) {
      return Optional.of(IndexProfile.LEAN);
    }
    return INDEXES.stream().allMatch(index -> index.isIn(found))
        ? Optional.of(IndexProfile.RIVER)
        : Optional.empty();
  }

  /** All steps to the profile. Does not take them. */
  public List<IndexStep> plan(IndexProfile goal) {
    return plan(goal, database.onOwnConnection(FOUND.purpose(), this::found));
  }

  /**
   * Takes the next step to the profile, if there is one. Tries again if another session, for
   * example a leader that rebuilds indexes, has interfered.
   */
  public Optional<IndexStep> step(IndexProfile goal) {
    for (int tries = 1; !plan(goal).isEmpty(); tries++) {
      try {
        return plan(goal, settled()).stream().findFirst().map(this::take);
      } catch (CairnException e) {
        if (tries == TRIES_MAX || !SqlErrors.isCollision(e)) {
          dropLeftovers(e);
          throw e;
        }
      }
    }
    return Optional.empty();
  }

  private List<IndexStep> plan(IndexProfile goal, List<Found> found) {
    return switch (goal) {
      case LEAN -> drops(found);
      case RIVER -> Stream.concat(drops(leftovers(found)).stream(), builds(found)).toList();
    };
  }

  private static List<Found> leftovers(List<Found> found) {
    return found.stream().filter(index -> !index.valid()).toList();
  }

  private List<IndexStep> drops(List<Found> unwanted) {
    return unwanted.stream()
        .map(Found::name)
        .map(index -> planned(index, "DROP INDEX CONCURRENTLY IF EXISTS {schema}." + index))
        .toList();
  }

  private Stream<IndexStep> builds(List<Found> found) {
    return INDEXES.stream()
        .filter(index -> !index.isIn(found))
        .map(index -> planned(index.name(), index.build()));
  }

  private IndexStep planned(String index, String sql) {
    return new IndexStep(index, sql.replace("{schema}", database.schema().quoted()), Duration.ZERO);
  }

  // No row if the table does not exist. One row without a name if the table has none of the
  // indexes.
  private static final Sql FOUND =
      Sql.of(
          "look for the indexes of the jobs",
          """
          SELECT index.relname, pg_index.indisvalid
          FROM pg_catalog.pg_class AS jobs
          LEFT JOIN (
            pg_catalog.pg_index
            JOIN pg_catalog.pg_class AS index ON index.oid = pg_index.indexrelid
              AND regexp_replace(index.relname, '_cc(new|old)[0-9]*$', '') = ANY (:names)
          ) ON pg_index.indrelid = jobs.oid
          WHERE jobs.oid = to_regclass('{schema}.river_job')
          ORDER BY index.relname
          """);

  private List<Found> found(Connection connection) {
    List<Optional<Found>> rows =
        database.list(
            connection,
            FOUND,
            Map.of("names", SqlArray.texts(INDEXES, Index::name)),
            row -> {
              boolean valid = row.getBoolean(2);
              return Optional.ofNullable(row.getString(1)).map(name -> new Found(name, valid));
            });
    if (rows.isEmpty()) {
      throw new SchemaException(
          "Schema %s has no table of jobs: run %s [CAIRN-601]"
              .formatted(database.schema().name(), database.schema().command("migrate up")));
    }
    return rows.stream().flatMap(Optional::stream).toList();
  }

  private static final Sql LOCK =
      Sql.of(
          "wait until no other session changes the indexes of the jobs",
          "LOCK TABLE {schema}.river_job IN SHARE UPDATE EXCLUSIVE MODE");

  /** The indexes at a moment when no other session is changing them. */
  private List<Found> settled() {
    return database.withAutoCommit(
        false,
        LOCK.purpose(),
        connection -> {
          Database.execute(connection, LOCK.in(database.schema()));
          List<Found> found = found(connection);
          connection.commit();
          return found;
        });
  }

  private IndexStep take(IndexStep step) {
    return database.withAutoCommit(
        true,
        "change index " + step.index(),
        connection -> {
          long start = System.nanoTime();
          Database.execute(connection, step.sql());
          return new IndexStep(
              step.index(), step.sql(), Duration.ofNanos(System.nanoTime() - start));
        });
  }

  private void dropLeftovers(CairnException cause) {
    try {
      drops(leftovers(settled())).forEach(this::take);
    } catch (CairnException e) {
      cause.addSuppressed(e);
    }
  }
}
