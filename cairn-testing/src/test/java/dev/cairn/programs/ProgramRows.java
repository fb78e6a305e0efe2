package dev.cairn.programs;

import dev.cairn.source.Keyset;
import dev.cairn.source.Sources;
import dev.cairn.source.SplittableSource;
import java.sql.Array;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import javax.sql.DataSource;

/** The rows that programs write, and those of their sources, each with the number of its world. */
final class ProgramRows {
  private static final String TABLE = "program_row";
  private static final String SOURCE = "program_source";

  private ProgramRows() {}

  static void create(DataSource dataSource) throws SQLException {
    try (Connection connection = dataSource.getConnection();
        var statement = connection.createStatement()) {
      statement.execute("CREATE TABLE %s (run bigint, attempt integer, id text)".formatted(TABLE));
      statement.execute("CREATE INDEX ON %s (run)".formatted(TABLE));
      statement.execute(
          "CREATE TABLE %s (run bigint, source text, key integer, PRIMARY KEY (run, source, key))"
              .formatted(SOURCE));
    }
  }

  static void insert(Connection connection, long run, int attempt, String id) throws SQLException {
    try (var insert =
        connection.prepareStatement(
            "INSERT INTO %s (run, attempt, id) VALUES (?, ?, ?)".formatted(TABLE))) {
      insert.setLong(1, run);
      insert.setInt(2, attempt);
      insert.setString(3, id);
      insert.executeUpdate();
    }
  }

  /** The rows that are there, by the attempts that have written them. */
  static Map<Integer, List<String>> of(DataSource dataSource, long run) throws SQLException {
    try (Connection connection = dataSource.getConnection()) {
      return of(connection, run);
    }
  }

  /** Those that a connection sees. */
  static Map<Integer, List<String>> of(Connection connection, long run) throws SQLException {
    var rows = new TreeMap<Integer, List<String>>();
    try (var select =
        connection.prepareStatement("SELECT attempt, id FROM %s WHERE run = ?".formatted(TABLE))) {
      select.setLong(1, run);
      try (var found = select.executeQuery()) {
        while (found.next()) {
          rows.computeIfAbsent(found.getInt(1), attempt -> new ArrayList<>())
              .add(found.getString(2));
        }
      }
    }
    return rows;
  }

  /** The rows of a source become these, whatever they were. */
  static void become(DataSource dataSource, long run, String source, List<Integer> keys)
      throws SQLException {
    String sql =
        """
        WITH gone AS (DELETE FROM %1$s WHERE run = ? AND source = ? AND key <> ALL (?))
        INSERT INTO %1$s SELECT ?, ?, unnest(?) ON CONFLICT DO NOTHING
        """
            .formatted(SOURCE);
    try (Connection connection = dataSource.getConnection();
        var change = connection.prepareStatement(sql)) {
      Array all = connection.createArrayOf("integer", keys.toArray());
      for (int first : new int[] {1, 4}) {
        change.setLong(first, run);
        change.setString(first + 1, source);
        change.setArray(first + 2, all);
      }
      change.executeUpdate();
    }
  }

  /** The keys of the rows of a source. */
  static SplittableSource<Integer, Keyset.Position> source(
      DataSource dataSource, long run, String source, Items.Table table) {
    Keyset keyset =
        Sources.keyset(dataSource, SOURCE)
            .key("key")
            .where("run = ? AND source = ?", run, source)
            .pageSize(table.page())
            .trustingKey();
    return (table.bounded() ? keyset.upToLastRowNow() : keyset).rows(row -> row.getInt("key"));
  }

  static void forget(DataSource dataSource, Collection<Long> runs) throws SQLException {
    try (Connection connection = dataSource.getConnection()) {
      for (String table : List.of(TABLE, SOURCE)) {
        try (var delete =
            connection.prepareStatement("DELETE FROM %s WHERE run = ANY (?)".formatted(table))) {
          delete.setArray(1, connection.createArrayOf("bigint", runs.toArray()));
          delete.executeUpdate();
        }
      }
    }
  }
}
