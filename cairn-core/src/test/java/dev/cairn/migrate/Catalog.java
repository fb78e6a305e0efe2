package dev.cairn.migrate;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import javax.sql.DataSource;

/** What a schema consists of, a line each, with the schema's own name written as {@code public}. */
record Catalog(List<String> lines) {
  private static final String CONTENT =
      """
      WITH home AS (SELECT oid FROM pg_namespace WHERE nspname = ?)
      SELECT format('table %s %s', relation.relname,
        CASE relation.relpersistence WHEN 'u' THEN 'unlogged' ELSE 'logged' END)
      FROM pg_class AS relation JOIN home ON home.oid = relation.relnamespace
      WHERE relation.relkind IN ('r', 'p')
      UNION ALL
      SELECT format('column %s #%s %s %s%s%s', relation.relname,
        row_number() OVER (PARTITION BY relation.oid ORDER BY attribute.attnum), attribute.attname,
        format_type(attribute.atttypid, attribute.atttypmod),
        CASE WHEN attribute.attnotnull THEN ' not null' ELSE '' END,
        coalesce(' default ' || pg_get_expr(initial.adbin, initial.adrelid), ''))
      FROM pg_class AS relation JOIN home ON home.oid = relation.relnamespace
      JOIN pg_attribute AS attribute ON attribute.attrelid = relation.oid
      LEFT JOIN pg_attrdef AS initial ON initial.adrelid = attribute.attrelid
        AND initial.adnum = attribute.attnum
      WHERE relation.relkind IN ('r', 'p') AND attribute.attnum > 0 AND NOT attribute.attisdropped
      UNION ALL
      SELECT format('index %s %s: %s', relation.relname, index.relname, pg_get_indexdef(index.oid))
      FROM pg_index JOIN pg_class AS index ON index.oid = indexrelid
      JOIN pg_class AS relation ON relation.oid = indrelid
      JOIN home ON home.oid = index.relnamespace
      UNION ALL
      SELECT format('constraint %s %s: %s', relation.relname, conname,
        pg_get_constraintdef(pg_constraint.oid))
      FROM pg_constraint JOIN pg_class AS relation ON relation.oid = conrelid
      JOIN home ON home.oid = connamespace
      WHERE contype <> 'n'
      UNION ALL
      SELECT format('trigger %s %s', relation.relname, tgname)
      FROM pg_trigger JOIN pg_class AS relation ON relation.oid = tgrelid
      JOIN home ON home.oid = relation.relnamespace
      WHERE NOT tgisinternal
      UNION ALL
      SELECT format('enum %s %s', typname, string_agg(enumlabel, ' ' ORDER BY enumsortorder))
      FROM pg_enum JOIN pg_type ON pg_type.oid = enumtypid JOIN home ON home.oid = typnamespace
      GROUP BY typname
      UNION ALL
      SELECT format('function %s(%s) returns %s, language %s, volatility %s', proname,
        pg_get_function_arguments(pg_proc.oid), format_type(prorettype, NULL), lanname, provolatile)
      FROM pg_proc JOIN pg_language ON pg_language.oid = prolang
      JOIN home ON home.oid = pronamespace
      UNION ALL
      SELECT format('sequence %s %s', relation.relname, format_type(seqtypid, NULL))
      FROM pg_sequence JOIN pg_class AS relation ON relation.oid = seqrelid
      JOIN home ON home.oid = relation.relnamespace
      ORDER BY 1
      """;

  private static final String IDENTITIES =
      """
      WITH home AS (SELECT oid FROM pg_namespace WHERE nspname = ?)
      SELECT format('%s %s %s', relname, pg_class.oid, pg_class.xmin)
      FROM pg_class JOIN home ON home.oid = relnamespace
      UNION ALL
      SELECT format('%s.%s %s', relname, attname, pg_attribute.xmin)
      FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
      JOIN home ON home.oid = relnamespace
      UNION ALL
      SELECT format('%s %s %s', conname, pg_constraint.oid, pg_constraint.xmin)
      FROM pg_constraint JOIN home ON home.oid = connamespace
      UNION ALL
      SELECT format('%s %s %s', typname, pg_type.oid, pg_type.xmin)
      FROM pg_type JOIN home ON home.oid = typnamespace
      UNION ALL
      SELECT format('%s %s %s', proname, pg_proc.oid, pg_proc.xmin)
      FROM pg_proc JOIN home ON home.oid = pronamespace
      ORDER BY 1
      """;

  /** Everything in the schema. */
  static Catalog of(DataSource dataSource, String schema) {
    return new Catalog(
        read(dataSource, schema, CONTENT).stream()
            .map(line -> line.replace('"' + schema + "\".", "public."))
            .map(line -> line.replace(schema + ".", "public."))
            .sorted()
            .toList());
  }

  /**
   * Which object of the database each thing in the schema is, and which transaction wrote it: equal
   * only if nothing was changed.
   */
  static Catalog identities(DataSource dataSource, String schema) {
    return new Catalog(read(dataSource, schema, IDENTITIES));
  }

  Catalog withoutCairn() {
    return without(line -> line.contains("cairn_"));
  }

  Catalog without(Predicate<String> unwanted) {
    return new Catalog(lines.stream().filter(unwanted.negate()).toList());
  }

  private static List<String> read(DataSource dataSource, String schema, String sql) {
    try (var connection = dataSource.getConnection()) {
      connection.setAutoCommit(false);
      try {
        return read(connection, schema, sql);
      } finally {
        connection.rollback();
        connection.setAutoCommit(true);
      }
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private static List<String> read(Connection connection, String schema, String sql)
      throws SQLException {
    try (var path = connection.createStatement();
        var statement = connection.prepareStatement(sql)) {
      path.execute("SET LOCAL search_path TO \"" + schema + '"');
      statement.setString(1, schema);
      try (var rows = statement.executeQuery()) {
        var lines = new ArrayList<String>();
        while (rows.next()) {
          lines.add(rows.getString(1));
        }
        return lines;
      }
    }
  }
}
