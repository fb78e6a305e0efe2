package dev.cairn.doctor;

import java.sql.SQLException;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * The schema of the tables, as commands that people copy have to name it: without its name, they
 * would act on the tables of another schema.
 *
 * @param schema null if there is none
 * @param named whether commands need its name
 */
record Place(@Nullable String schema, boolean named) {
  /** For the names of checks alone. */
  static final Place UNKNOWN = new Place(null, false);

  // A path that this connection has chosen is not the one that the command line would get.
  private static final String CURRENT =
      """
      SELECT current_schema() AS schema, source IN ('client', 'session') AS chosen
      FROM pg_settings WHERE name = 'search_path'
      """;

  /**
   * Asks the database, with a time limit.
   *
   * @param wanted the connection's current schema if null
   */
  static Place of(DataSource dataSource, @Nullable String wanted, Patience patience)
      throws SQLException {
    try (var connection = ReadOnlyConnection.open(dataSource, null, patience)) {
      return connection.row(
          CURRENT,
          row -> {
            String current = row.getString("schema");
            String schema = wanted == null ? current : wanted;
            return new Place(
                schema, schema != null && (row.getBoolean("chosen") || !schema.equals(current)));
          });
    }
  }

  /** A command of {@code ./cairn} on these tables. */
  String command(String words) {
    return "./cairn " + words + (named ? " --schema " + Shell.word(String.valueOf(schema)) : "");
  }
}
