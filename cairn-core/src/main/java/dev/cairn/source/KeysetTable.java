package dev.cairn.source;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What PostgreSQL says of the table behind a keyset.
 *
 * @param name quoted, with its schema
 * @param types of the key's columns, as in a cast
 */
record KeysetTable(String name, List<String> types) {
  private static final String TABLE =
      "SELECT table_class.oid, quote_ident(namespace.nspname) || '.' || quote_ident(table_class.relname)"
          + " FROM pg_class AS table_class"
          + " JOIN pg_namespace AS namespace ON namespace.oid = table_class.relnamespace"
          + " WHERE table_class.oid = to_regclass(?)";

  private static final String COLUMN =
      "SELECT format_type(atttypid, atttypmod), attnotnull FROM pg_attribute"
          + " WHERE attrelid = ? AND attname = ? AND attnum > 0 AND NOT attisdropped";

  private static final String UNIQUE =
      """
      SELECT count(*)
      FROM pg_index AS index
      WHERE index.indrelid = ? AND index.indisunique AND index.indisvalid
        AND index.indpred IS NULL AND index.indexprs IS NULL
        AND NOT EXISTS (
          SELECT FROM unnest((index.indkey::smallint[])[0:index.indnkeyatts - 1]) AS column_number
          JOIN pg_attribute AS attribute
            ON attribute.attrelid = index.indrelid AND attribute.attnum = column_number
          WHERE attribute.attname <> ALL (?)
        )
      """;

  /**
   * Looks it up.
   *
   * @throws IllegalStateException if the table or a column is not there, or the key is not fit
   */
  static KeysetTable of(Connection connection, Keyset keyset) throws SQLException {
    long oid;
    String name;
    try (var statement = connection.prepareStatement(TABLE)) {
      statement.setString(1, keyset.table());
      try (ResultSet rows = statement.executeQuery()) {
        if (!rows.next()) {
          throw new IllegalStateException(
              "there is no table or view '%s' in the search path".formatted(keyset.table()));
        }
        oid = rows.getLong(1);
        name = rows.getString(2);
      }
    } catch (SQLException e) {
      // Up to PostgreSQL 15 a text that is no name is an error, and not merely unknown.
      String state = e.getSQLState();
      if (state != null && state.startsWith("42")) {
        throw new IllegalStateException(
            "'%s' is not the name of a table".formatted(keyset.table()), e);
      }
      throw e;
    }
    var types = new ArrayList<String>();
    for (String column : keyset.key()) {
      types.add(type(connection, keyset, oid, column));
    }
    if (!keyset.trusted()) {
      requireUnique(connection, keyset, oid);
    }
    return new KeysetTable(name, List.copyOf(types));
  }

  private static String type(Connection connection, Keyset keyset, long oid, String column)
      throws SQLException {
    try (var statement = connection.prepareStatement(COLUMN)) {
      statement.setLong(1, oid);
      statement.setString(2, column);
      try (ResultSet rows = statement.executeQuery()) {
        if (!rows.next()) {
          throw new IllegalStateException(
              "%s has no column '%s' to go by".formatted(keyset.table(), column));
        }
        if (!rows.getBoolean(2) && !keyset.trusted()) {
          throw new IllegalStateException(
              "column '%s' of %s may be null, and rows without it would never be found: declare it NOT NULL, take another key, or call trustingKey()"
                  .formatted(column, keyset.table()));
        }
        return rows.getString(1);
      }
    }
  }

  private static void requireUnique(Connection connection, Keyset keyset, long oid)
      throws SQLException {
    try (var statement = connection.prepareStatement(UNIQUE)) {
      statement.setLong(1, oid);
      statement.setArray(2, connection.createArrayOf("name", keyset.key().toArray()));
      try (ResultSet rows = statement.executeQuery()) {
        rows.next();
        if (rows.getInt(1) == 0) {
          throw new IllegalStateException(
              "the key %s of %s is not unique: rows that share it would be skipped after an interruption. Add the primary key as its last column, or call trustingKey()"
                  .formatted(keyset.key(), keyset.table()));
        }
      }
    }
  }

  /** The key as a row value. */
  static String row(Keyset keyset) {
    return keyset.key().stream()
        .map(KeysetTable::quoted)
        .collect(Collectors.joining(", ", "(", ")"));
  }

  /** A row value of parameters, cast to the key's types. */
  String parameters() {
    return types.stream()
        .map("CAST(CAST(? AS text) AS %s)"::formatted)
        .collect(Collectors.joining(", ", "(", ")"));
  }

  static String quoted(String identifier) {
    return '"' + identifier.replace("\"", "\"\"") + '"';
  }

  /** The condition of a keyset, and those given. */
  static String where(@Nullable String condition, List<String> more) {
    var all = new ArrayList<String>();
    if (condition != null) {
      all.add("(" + condition + ")");
    }
    all.addAll(more);
    return all.isEmpty() ? "" : " WHERE " + String.join(" AND ", all);
  }
}
