package dev.cairn.internal.postgres;

import dev.cairn.migrate.MigrationLine;
import java.sql.Connection;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * River's table of applied migrations. It does not exist before version 1 of line main, and has no
 * column for the line before version 5: before that, all its rows are of line main.
 */
final class MigrationRecord {
  private final Database database;
  private final RiverNeeds needs;

  MigrationRecord(Database database) {
    this.database = database;
    this.needs = new RiverNeeds(database);
  }

  private static final Sql TABLES =
      Sql.of(
          "look for Cairn's tables",
          """
          SELECT relation.relname, EXISTS (
            SELECT
            FROM pg_catalog.pg_attribute AS attribute
            WHERE attribute.attrelid = relation.oid AND attribute.attname = 'line'
              AND NOT attribute.attisdropped
          )
          FROM pg_catalog.pg_class AS relation
          JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = relation.relnamespace
          WHERE namespace.nspname = :schema AND relation.relname = ANY(:tables)
            AND relation.relkind IN ('r', 'p')
          """);

  private static final Sql WITH_LINES =
      Sql.of(
          "read the applied migrations",
          "SELECT line, version, created_at FROM {schema}.river_migration");

  private static final Sql WITHOUT_LINES =
      Sql.of(
          "read the applied migrations",
          "SELECT 'main', version, created_at FROM {schema}.river_migration");

  SchemaState read(Connection connection) {
    Map<String, Boolean> tables = tables(connection);
    var lines = new TreeMap<String, NavigableMap<Integer, Instant>>();
    if (tables.containsKey(SchemaState.RECORD)) {
      Sql applied = hasLines(tables) ? WITH_LINES : WITHOUT_LINES;
      database.list(
          connection,
          applied,
          Map.of(),
          row ->
              lines
                  .computeIfAbsent(row.getString(1), line -> new TreeMap<>())
                  .put(row.getInt(2), Rows.instant(row, 3)));
    }
    var state = new SchemaState(database.schema(), tables.keySet(), lines, List.of(), null);
    boolean hasMain = state.version(MigrationLine.MAIN) >= MigrationLine.MAIN.neededVersion();
    return new SchemaState(
        database.schema(),
        tables.keySet(),
        lines,
        hasMain ? needs.missing(connection) : List.of(),
        state.isNewer(MigrationLine.CAIRN)
            ? usableFrom(connection, state.version(MigrationLine.CAIRN))
            : null);
  }

  // Each version of line cairn after 3 has to write this comment anew: see CONTRIBUTING.md. Older
  // clients look for these very words. A comment of another version counts for nothing, so that a
  // migration that forgets it admits nobody.
  private static final Sql USABLE_FROM =
      Sql.of(
          "read which clients may use the tables",
          """
          SELECT said[1]::integer, said[2]::integer
          FROM pg_catalog.pg_class AS clients
          JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = clients.relnamespace
          CROSS JOIN LATERAL regexp_match(
            pg_catalog.obj_description(clients.oid, 'pg_class'),
            'Version ([0-9]{1,9}) of line cairn is for clients that know version ([0-9]{1,9})') AS said
          WHERE namespace.nspname = :schema AND clients.relname = 'cairn_client' AND said IS NOT NULL
          """);

  private record Usable(int version, int from) {}

  /**
   * The version that clients must know to use the tables of this version; null if none is noted.
   */
  private @Nullable Integer usableFrom(Connection connection, int version) {
    return database
        .list(
            connection,
            USABLE_FROM,
            Map.of("schema", database.schema().name()),
            row -> new Usable(row.getInt(1), row.getInt(2)))
        .stream()
        .filter(usable -> usable.version() == version)
        .findFirst()
        .map(Usable::from)
        .orElse(null);
  }

  private static final Sql ADD =
      Sql.of(
          "record a migration",
          """
          INSERT INTO {schema}.river_migration (line, version)
          VALUES (:line, :version)
          RETURNING 1
          """);

  private static final Sql ADD_WITHOUT_LINE =
      Sql.of(
          "record a migration",
          "INSERT INTO {schema}.river_migration (version) VALUES (:version) RETURNING 1");

  void add(Connection connection, MigrationScript script) {
    change(connection, script, ADD, ADD_WITHOUT_LINE);
  }

  private static final Sql REMOVE =
      Sql.of(
          "record that a migration was reverted",
          """
          DELETE FROM {schema}.river_migration
          WHERE line = :line AND version = :version
          RETURNING 1
          """);

  private static final Sql REMOVE_WITHOUT_LINE =
      Sql.of(
          "record that a migration was reverted",
          "DELETE FROM {schema}.river_migration WHERE version = :version RETURNING 1");

  /** Removes a version. The step may have dropped the table itself. */
  void remove(Connection connection, MigrationScript script) {
    if (tables(connection).containsKey(SchemaState.RECORD)) {
      change(connection, script, REMOVE, REMOVE_WITHOUT_LINE);
    }
  }

  private void change(
      Connection connection, MigrationScript script, Sql withLine, Sql withoutLine) {
    boolean hasLines = hasLines(tables(connection));
    if (!hasLines && script.line() != MigrationLine.MAIN) {
      throw new IllegalStateException("river_migration has no room for line " + script.line());
    }
    database.list(
        connection,
        hasLines ? withLine : withoutLine,
        Map.of("line", script.line().label(), "version", script.version()),
        row -> true);
  }

  private static boolean hasLines(Map<String, Boolean> tables) {
    return tables.getOrDefault(SchemaState.RECORD, false);
  }

  /** The existing tables of Cairn, and for each whether it has a column for the line. */
  private Map<String, Boolean> tables(Connection connection) {
    List<Map.Entry<String, Boolean>> tables =
        database.list(
            connection,
            TABLES,
            Map.of(
                "schema",
                database.schema().name(),
                "tables",
                SqlArray.texts(List.copyOf(SchemaState.TABLES), table -> table)),
            row -> Map.entry(row.getString(1), row.getBoolean(2)));
    return tables.stream().collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
  }
}
