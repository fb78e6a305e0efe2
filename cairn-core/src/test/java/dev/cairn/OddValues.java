package dev.cairn;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Values that columns of River's and Cairn's tables can hold and that no client writes: made of the
 * types in the catalog, and of what Cairn reads within JSON. As expressions of SQL.
 */
final class OddValues {
  private static final List<String> TIMES =
      List.of(
          "'infinity'",
          "'-infinity'",
          "'4714-11-24 00:00:00+00 BC'",
          "'0045-03-15 12:00:00+00 BC'",
          "'0001-12-31 23:59:59.999999+00 BC'",
          "'0001-01-01 00:00:00+00'",
          "'1582-10-10 00:00:00+00'",
          "'1969-12-31 23:59:59.999999+00'",
          "'9999-12-31 23:59:59.999999+00'",
          "'10000-01-01 00:00:00+00'",
          "'294276-12-31 23:59:59.999999+00'");

  private static final List<String> TEXTS =
      List.of(
          "''",
          "' '",
          "E'\\x01\\x1b[31m\\x7f'",
          "E'two\\nlines\\r\\n'",
          "U&'\\FFFF\\FFFD\\+01F9FF\\202E\\0301'",
          "'null'",
          "'*'",
          "'it''s \"quoted\" \\ {,} %s $1 :name ?'",
          "repeat('x', 127)",
          "repeat('long ', 20000)");

  private static final List<String> TEXT_ARRAYS =
      List.of(
          "'{}'",
          "'{NULL}'",
          "'{a,NULL,b}'",
          "'{\"\"}'",
          "'{{a,b},{c,d}}'",
          "'{{{a},{b}},{{c},{NULL}}}'",
          "'[0:1]={a,b}'",
          "'[7:8]={a,b}'",
          "'[-3:-2][5:5]={{a},{b}}'",
          "array_fill('many'::text, ARRAY[1000])",
          "ARRAY[E'\\x01', 'it''s \"quoted\" \\ {,}', 'NULL', repeat('x', 255)]");

  /** JSON that is no object, or an unusual one. */
  private static final List<String> JSON =
      List.of(
          "'null'",
          "'true'",
          "'5'",
          "'\"text\"'",
          "'[]'",
          "'[{\"a\":1},2]'",
          "'{\"\":{\"\":[]}}'",
          "'{\"large\":1e1500,\"exact\":0.1000000000000000000000000000000000000000000000001}'",
          "(repeat('[', 900) || repeat(']', 900))::jsonb",
          "(repeat('{\"a\":', 900) || '1' || repeat('}', 900))::jsonb",
          "jsonb_build_object('long', repeat('x', 300000))",
          "jsonb_build_object(repeat('key', 30000), 1)");

  /** What Cairn and River keep in the metadata, under their names. */
  private static final List<String> METADATA_KEYS =
      List.of(
          "river:rescue_count",
          "snoozes",
          "cairn:interruptions",
          "cairn:operations",
          "cairn:takeovers",
          "cairn:request",
          "cairn:renewed",
          "cairn:resumable",
          "cairn:woken",
          "cairn:progress",
          "river:resumable_step",
          "river:resumable_cursor",
          "river:log",
          "cancel_attempted_at",
          "output");

  private static final List<String> METADATA_VALUES =
      List.of(
          "null",
          "true",
          "\"abc\"",
          "\"\"",
          "1.5",
          "-1",
          "2147483647",
          "1e300",
          "[]",
          "[null,\"x\",{}]",
          "[{\"at\":\"never\",\"verb\":5,\"by\":[],\"detail\":{}}]",
          "{}",
          "{\"verb\":5,\"claim\":\"x\"}");

  /** One failed attempt each. */
  private static final List<String> ERRORS =
      List.of(
          "null",
          "5",
          "\"text\"",
          "[]",
          "{}",
          "{\"at\":\"never\",\"attempt\":1,\"error\":\"e\",\"trace\":\"\"}",
          "{\"at\":\"2026-01-01\",\"attempt\":1,\"error\":\"e\",\"trace\":\"\"}",
          "{\"at\":\"2026-01-01T00:00:00+05:45\",\"attempt\":1,\"error\":\"e\",\"trace\":\"\"}",
          "{\"at\":\"+1000000000000-01-01T00:00:00Z\",\"attempt\":1,\"error\":\"e\"}",
          "{\"at\":1700000000,\"attempt\":1,\"error\":\"e\",\"trace\":\"\"}",
          "{\"at\":null,\"attempt\":null,\"error\":null,\"trace\":null}",
          "{\"at\":{},\"attempt\":[],\"error\":{\"code\":5},\"trace\":[1]}",
          "{\"at\":\"2026-01-01T00:00:00Z\",\"attempt\":\"x\",\"error\":\"e\",\"trace\":\"\"}",
          "{\"at\":\"2026-01-01T00:00:00Z\",\"attempt\":1e300,\"error\":5,\"trace\":true}",
          "{\"at\":\"2026-01-01T00:00:00Z\",\"attempt\":1.5,\"error\":\"e\",\"trace\":\"\"}");

  private static final Map<String, List<String>> BY_TYPE =
      Map.ofEntries(
          Map.entry("timestamp with time zone", TIMES),
          Map.entry("text", TEXTS),
          Map.entry("character varying", TEXTS),
          Map.entry("text[]", TEXT_ARRAYS),
          Map.entry("character varying(255)[]", TEXT_ARRAYS),
          Map.entry("smallint", List.of("-32768", "-1", "0", "2", "32767")),
          Map.entry("integer", List.of("-2147483648", "-1", "0", "2147483647")),
          Map.entry(
              "bigint",
              List.of("-9223372036854775808", "-1", "0", "2147483648", "9223372036854775807")),
          Map.entry("boolean", List.of("true", "false")),
          Map.entry("jsonb", JSON),
          Map.entry("jsonb[]", errors()),
          Map.entry(
              "bytea",
              List.of("'\\x'", "'\\x00'", "'\\xff00ff'", "decode(repeat('00ff', 1000), 'hex')")),
          Map.entry("bit(8)", List.of("B'00000000'", "B'11111111'", "B'10101010'")),
          Map.entry(
              "interval",
              List.of(
                  "'0'",
                  "'-1 day'",
                  "'300 years'",
                  "'300000 years'",
                  "'-300000 years'",
                  "'178000000 years'",
                  "'-178000000 years'",
                  "'1 mon -1 day 00:00:01'")));

  private OddValues() {}

  /**
   * A value for a column.
   *
   * @param table without its schema
   * @param value an expression of the column's type
   */
  record Odd(String table, String column, String value) {
    /** Whether it is an object with one of the keys that Cairn or River reads. */
    boolean isKeyOfMetadata() {
      return column.equals("metadata")
          && METADATA_KEYS.stream().anyMatch(key -> value.contains("'{\"" + key));
    }

    @Override
    public String toString() {
      return "%s.%s = %s"
          .formatted(table, column, value.length() < 120 ? value : value.substring(0, 120) + "...");
    }
  }

  /** All values for all columns of a table, in the order of the columns. */
  static List<Odd> of(TestDatabase database, String table) {
    return database
        .query(
            """
            SELECT attribute.attname AS name,
              CASE WHEN type.typtype = 'd' THEN format_type(type.typbasetype, type.typtypmod)
                ELSE format_type(attribute.atttypid, attribute.atttypmod) END AS type,
              type.typtype = 'e' AS is_enum,
              attribute.attnotnull AS is_required
            FROM pg_attribute AS attribute
            JOIN pg_type AS type ON type.oid = attribute.atttypid
            WHERE attribute.attrelid = '%s.%s'::regclass
              AND attribute.attnum > 0 AND NOT attribute.attisdropped
            ORDER BY attribute.attnum
            """
                .formatted(database.schema(), table))
        .stream()
        .flatMap(column -> ofColumn(database, table, column).stream())
        .toList();
  }

  private static List<Odd> ofColumn(
      TestDatabase database, String table, Map<String, @Nullable Object> column) {
    String name = String.valueOf(column.get("name"));
    String type = String.valueOf(column.get("type"));
    boolean isEnum = Boolean.TRUE.equals(column.get("is_enum"));
    var values = new ArrayList<>(isEnum ? labels(database, type) : ofType(table, name, type));
    if (!Boolean.TRUE.equals(column.get("is_required"))) {
      values.add("NULL");
    }
    return values.stream()
        .map(value -> new Odd(table, name, "CAST(%s AS %s)".formatted(value, type)))
        .toList();
  }

  private static List<String> ofType(String table, String column, String type) {
    List<String> values = BY_TYPE.get(type);
    if (values == null) {
      throw new IllegalStateException(
          "column %s.%s has type %s, of which no odd values are known: add some"
              .formatted(table, column, type));
    }
    return column.equals("metadata")
        ? Stream.concat(values.stream(), metadata().stream()).toList()
        : values;
  }

  private static List<String> labels(TestDatabase database, String type) {
    return database
        .query("SELECT quote_literal(unnest(enum_range(NULL::%s))::text) AS label".formatted(type))
        .stream()
        .map(row -> String.valueOf(row.get("label")))
        .toList();
  }

  private static List<String> metadata() {
    return METADATA_KEYS.stream()
        .flatMap(
            key -> METADATA_VALUES.stream().map(value -> "'{\"%s\":%s}'".formatted(key, value)))
        .toList();
  }

  private static List<String> errors() {
    var all = new ArrayList<String>();
    ERRORS.forEach(error -> all.add("ARRAY['%s'::jsonb]".formatted(error)));
    all.add("'{}'");
    all.add("ARRAY[NULL]::jsonb[]");
    all.add("ARRAY[NULL, '{}'::jsonb, NULL]");
    all.add("ARRAY[ARRAY['{\"error\":\"one\"}'::jsonb], ARRAY['{\"error\":\"two\"}'::jsonb]]");
    all.add("'[5:6]={\"{\\\"error\\\":\\\"one\\\"}\",NULL}'");
    all.add("ARRAY[jsonb_build_object('at', 'never', 'error', repeat('x', 300000))]");
    all.add("ARRAY['{\"at\":\"2026-01-01T00:00:00Z\",\"attempt\":1e1500,\"error\":\"e\"}'::jsonb]");
    all.add("ARRAY[(repeat('[', 900) || repeat(']', 900))::jsonb]");
    all.add("array_fill('{\"error\":\"many\"}'::jsonb, ARRAY[1000])");
    return all;
  }
}
