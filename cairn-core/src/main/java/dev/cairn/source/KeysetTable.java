package dev.cairn.source;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The table of a keyset, as PostgreSQL describes it.
 *
 * @param name the quoted name, with its schema
 * @param key the columns of the key, in order
 */
record KeysetTable(String name, List<Column> key) {
  /**
   * A column of the key.
   *
   * @param type the name of its type, as in a cast
   * @param text SQL for its value as a text with all digits, whatever the settings of the session
   * @param value SQL for the value of a parameter with such a text
   */
  private record Column(String type, String text, String value) {}

  /** How the values of a type are written and read. {@link #COLUMN} returns it. */
  private enum Form {
    /** As text, which is the same in every session. */
    TEXT,

    /** As in JSON: ISO 8601 in every session. */
    JSON,

    /** A moment, as in JSON, in UTC and not in the session's time zone. */
    MOMENT,

    /** As text in hexadecimal digits. */
    BYTES,

    /** As text, under settings that hold for the statement only. */
    UNDER_SETTINGS,

    /** As a number, because the text depends on the locale. */
    NUMBER
  }

  private static final String TABLE =
      "SELECT table_class.oid, quote_ident(namespace.nspname) || '.' || quote_ident(table_class.relname)"
          + " FROM pg_class AS table_class"
          + " JOIN pg_namespace AS namespace ON namespace.oid = table_class.relnamespace"
          + " WHERE table_class.oid = to_regclass(?)";

  // Arrays, composite types, ranges and domains may hold anything.
  private static final String COLUMN =
      """
      SELECT format_type(atttypid, atttypmod), attnotnull,
        CASE
          WHEN base.type = 'timestamptz'::regtype THEN 'MOMENT'
          WHEN base.type IN ('date'::regtype, 'timestamp'::regtype) THEN 'JSON'
          WHEN type.oid = 'money'::regtype THEN 'NUMBER'
          WHEN base.type = 'bytea'::regtype THEN 'BYTES'
          WHEN base.type IN ('float4'::regtype, 'float8'::regtype, 'interval'::regtype)
            OR type.typtype IN ('c', 'd', 'r', 'm') OR type.typcategory = 'A'
            THEN 'UNDER_SETTINGS'
          ELSE 'TEXT'
        END
      FROM pg_attribute
      JOIN pg_type AS type ON type.oid = atttypid
      CROSS JOIN LATERAL (
        SELECT CASE WHEN type.typtype = 'd' THEN type.typbasetype ELSE type.oid END AS type
      ) AS base
      WHERE attrelid = ? AND attname = ? AND attnum > 0 AND NOT attisdropped
      """;

  // A collation may take texts for equal that differ, and an index of another one holds both.
  private static final String UNIQUE =
      """
      SELECT count(*)
      FROM pg_index AS index
      WHERE index.indrelid = ? AND index.indisunique AND index.indisvalid
        AND index.indpred IS NULL AND index.indexprs IS NULL
        AND NOT EXISTS (
          SELECT FROM unnest(
              (index.indkey::smallint[])[0:index.indnkeyatts - 1],
              (index.indcollation::oid[])[0:index.indnkeyatts - 1])
            AS part (column_number, index_collation)
          JOIN pg_attribute AS attribute
            ON attribute.attrelid = index.indrelid AND attribute.attnum = column_number
          LEFT JOIN pg_collation AS rules ON rules.oid = attribute.attcollation
          WHERE attribute.attname <> ALL (?)
            OR NOT rules.collisdeterministic AND index_collation <> attribute.attcollation
        )
      """;

  /**
   * Reads the description from the database.
   *
   * @throws IllegalStateException if the table or a column does not exist, or the key is unsuitable
   */
  static KeysetTable of(Connection connection, Keyset keyset) throws SQLException {
    long oid;
    String name;
    try (var statement = connection.prepareStatement(TABLE)) {
      statement.setString(1, keyset.table());
      try (ResultSet rows = statement.executeQuery()) {
        if (!rows.next()) {
          throw new IllegalStateException(
              "there is no table or view '%s' in the search path%s [CAIRN-323]"
                  .formatted(keyset.table(), hint(keyset.table())));
        }
        oid = rows.getLong(1);
        name = rows.getString(2);
      }
    } catch (SQLException e) {
      // Up to PostgreSQL 15, a text that is not a name is an error instead of an unknown name.
      String state = e.getSQLState();
      if (state != null && state.startsWith("42")) {
        throw new IllegalStateException(
            "'%s' is not the name of a table [CAIRN-323]".formatted(keyset.table()), e);
      }
      throw e;
    }
    var columns = new ArrayList<Column>();
    for (String column : keyset.key()) {
      columns.add(column(connection, keyset, oid, column));
    }
    if (!keyset.trusted()) {
      requireUnique(connection, keyset, oid);
    }
    return new KeysetTable(name, List.copyOf(columns));
  }

  private static String hint(String table) {
    return table.equals(table.toLowerCase(Locale.ROOT)) || table.contains("\"")
        ? ""
        : ": a name with capital letters needs quotes, as in \"\\\"%s\\\"\"".formatted(table);
  }

  private static Column column(Connection connection, Keyset keyset, long oid, String column)
      throws SQLException {
    try (var statement = connection.prepareStatement(COLUMN)) {
      statement.setLong(1, oid);
      statement.setString(2, column);
      try (ResultSet rows = statement.executeQuery()) {
        if (!rows.next()) {
          throw new IllegalStateException(
              "%s has no column '%s' for its key [CAIRN-323]".formatted(keyset.table(), column));
        }
        if (!rows.getBoolean(2) && !keyset.trusted()) {
          throw new IllegalStateException(
              ("column '%s' of %s may be null, and rows with a null would never be found: declare "
                      + "it NOT NULL, use another key, or call trustingKey() [CAIRN-322]")
                  .formatted(column, keyset.table()));
        }
        return column(column, rows.getString(1), Form.valueOf(rows.getString(3)));
      }
    }
  }

  private static Column column(String name, String type, Form form) {
    String quoted = quoted(name);
    String text =
        switch (form) {
          case TEXT -> quoted + "::text";
          case JSON -> "to_jsonb(%s) #>> '{}'".formatted(quoted);
          case MOMENT ->
              ("CASE WHEN isfinite({column}) THEN (to_jsonb({column} AT TIME ZONE 'UTC') #>> '{}')"
                      + " || ' UTC' ELSE {column}::text END")
                  .replace("{column}", quoted);
          case BYTES -> "concat(chr(92), 'x', encode(%s, 'hex'))".formatted(quoted);
          // In a CASE, so that they are set before the value is written; the transaction ends them.
          // The condition of the user runs under them too, so the time zone is not among them.
          case UNDER_SETTINGS ->
              ("CASE WHEN set_config('extra_float_digits', '3', true) IS NOT NULL"
                      + " AND set_config('IntervalStyle', 'postgres', true) IS NOT NULL"
                      + " THEN %s::text END")
                  .formatted(quoted);
          case NUMBER -> quoted + "::numeric::text";
        };
    String value = form == Form.NUMBER ? "CAST(CAST(? AS text) AS numeric)" : "CAST(? AS text)";
    return new Column(type, text, "CAST(%s AS %s)".formatted(value, type));
  }

  /** The keys, as texts with all digits, under names that no column of the user has. */
  String keyTexts() {
    return IntStream.range(0, key.size())
        .mapToObj(i -> "%s AS \"cairn key %d\"".formatted(key.get(i).text(), i + 1))
        .collect(Collectors.joining(", "));
  }

  /** The columns selected for the user: all, or the key and the named columns. */
  static String selected(Keyset keyset) {
    if (keyset.columns().isEmpty()) {
      return "*";
    }
    var names = new LinkedHashSet<>(keyset.key());
    names.addAll(keyset.columns());
    return names.stream().map(KeysetTable::quoted).collect(Collectors.joining(", "));
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
              "the key %s of %s is not unique: rows that share it would be skipped after an interruption. Add the primary key as its last column, or call trustingKey() [CAIRN-322]"
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
    return key.stream().map(Column::value).collect(Collectors.joining(", ", "(", ")"));
  }

  static String quoted(String identifier) {
    return '"' + identifier.replace("\"", "\"\"") + '"';
  }

  /** The condition of a keyset together with further ones. */
  static String where(@Nullable String condition, List<String> more) {
    var all = new ArrayList<String>();
    if (condition != null) {
      all.add("(" + condition + ")");
    }
    all.addAll(more);
    return all.isEmpty() ? "" : " WHERE " + String.join(" AND ", all);
  }
}
