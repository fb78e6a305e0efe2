package dev.cairn.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.cairn.TestDatabase;
import dev.cairn.source.Keyset.Position;
import dev.cairn.source.Source.Item;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.postgresql.ds.PGSimpleDataSource;

/** Keys of every type that PostgreSQL sorts, read by sessions of differing settings (R16). */
class KeysetTypesTest {
  @RegisterExtension static final TestDatabase database = new TestDatabase();

  private static final List<String> SESSIONS =
      List.of(
          "SET TimeZone = 'Asia/Kathmandu'; SET DateStyle = 'ISO, DMY';"
              + " SET IntervalStyle = 'sql_standard'; SET extra_float_digits = 0;"
              + " SET bytea_output = 'escape'",
          "SET TimeZone = 'America/New_York'; SET DateStyle = 'ISO, MDY';"
              + " SET IntervalStyle = 'postgres_verbose'; SET extra_float_digits = -5;"
              + " SET bytea_output = 'hex'",
          "SET TimeZone = 'UTC'; SET DateStyle = 'ISO, YMD'; SET IntervalStyle = 'iso_8601';"
              + " SET extra_float_digits = 3; SET bytea_output = 'escape'");

  /** A type of keys, with values in no order; those that are alike tell whether digits are kept. */
  record KeyType(String name, List<String> values) {
    @Override
    public String toString() {
      return name;
    }
  }

  private static KeyType type(String name, String... values) {
    return new KeyType(name, List.of(values));
  }

  private static final List<HikariDataSource> POOLS = new ArrayList<>();

  @AfterAll
  static void close() {
    POOLS.forEach(HikariDataSource::close);
  }

  @BeforeAll
  static void createTypes() {
    SESSIONS.forEach(settings -> POOLS.add(pool(settings)));
    database.execute("CREATE TYPE mood AS ENUM ('sad', 'ok', 'Happy, \"very\"')");
    database.execute("CREATE TYPE pair AS (number double precision, name text, time interval)");
    database.execute("CREATE DOMAIN ratio AS double precision CHECK (VALUE >= 0)");
  }

  static Stream<KeyType> types() {
    return Stream.of(
        type(
            "bigint", "-1", "9223372036854775807", "0", "-9223372036854775808", "9007199254740993"),
        type("integer", "5", "-2147483648", "2147483647"),
        type("smallint", "5", "-32768", "32767"),
        type(
            "numeric",
            "1.00000000000000000000000000000001",
            "1.00000000000000000000000000000002",
            "NaN",
            "Infinity",
            "-Infinity",
            "1e300",
            "0"),
        type("numeric(10,3)", "1.001", "1.002", "-9999999.999"),
        type("real", "0.1", "0.10000001", "1e38", "-Infinity", "NaN", "1e-45", "16777217"),
        type(
            "double precision",
            "0.1",
            "0.10000000000000002",
            "0.30000000000000004",
            "0.3",
            "1e-323",
            "Infinity",
            "NaN",
            "1.7976931348623157e308"),
        type("money", "1.01", "1.02", "-5", "92233720368547758.07"),
        type("boolean", "true", "false"),
        type("text", "b", "", "a'b\"c\\d", "ä", "Z", "{1,2}", " "),
        type("text COLLATE \"C\"", "b", "B", "ä", "a"),
        type("character varying(20)", "b", "", "NULL"),
        type("character(5)", "b", "ab ", "abcde"),
        type("name", "b", "a"),
        type("\"char\"", "b", "a"),
        type("bytea", "\\x00ff", "\\x", "\\x5c27", "\\x00fe61"),
        type(
            "uuid", "00000000-0000-0000-0000-000000000001", "ffffffff-0000-0000-0000-000000000000"),
        type("date", "2026-03-02", "2026-02-03", "0044-03-15 BC", "infinity", "12345-01-02"),
        type("time", "23:59:59.999999", "24:00:00", "00:00:00.000001", "00:00"),
        type("timetz", "12:00:00.000001+05:45", "12:00+05:45", "12:00-08", "06:15+00"),
        type(
            "timestamp",
            "2026-03-02 01:02:03.000001",
            "2026-03-02 01:02:03.000002",
            "-infinity",
            "0044-03-15 12:00 BC",
            "2026-02-03"),
        type("timestamp(3)", "2026-03-02 01:02:03.001", "2026-03-02 01:02:03.002"),
        type(
            "timestamptz",
            "2026-10-25 00:30:00.000001+00",
            "2026-10-25 01:30:00.000001+00",
            "infinity",
            "1880-01-01 00:00+00",
            "2026-02-03 04:05+00"),
        type(
            "interval",
            "1 year 2 months -3 days 4 hours -5.000001 seconds",
            "-1 year -2 months 3 days -4 hours",
            "-1 days -4 hours",
            "-1 days 4 hours",
            "1 mon",
            "30 days 0.000001 seconds",
            "0"),
        type("inet", "10.0.0.1", "10.0.0.0/8", "::1", "10.0.0.1/8"),
        type("cidr", "10.0.0.0/8", "10.0.0.0/16"),
        type("macaddr", "08:00:2b:01:02:03", "08:00:2b:01:02:04"),
        type("macaddr8", "08:00:2b:01:02:03:04:05", "08:00:2b:01:02:03:04:06"),
        type("bit(4)", "0101", "0110"),
        type("bit varying", "0101", "01011", ""),
        type("oid", "4294967295", "1"),
        type("xid8", "18446744073709551615", "1"),
        type("pg_lsn", "16/B374D848", "0/1"),
        type("tid", "(1,2)", "(1,1)"),
        type("mood", "Happy, \"very\"", "sad", "ok"),
        type("ratio", "0.1", "0.10000000000000002"),
        type("integer[]", "{2,1}", "{}", "{1,NULL}", "{{1,2},{3,4}}", "[2:3]={1,2}"),
        type("text[]", "{\"a,b\",\"c\\\"d\"}", "{NULL}", "{\"NULL\"}"),
        type("double precision[]", "{0.1}", "{0.10000000000000002}", "{0.1,NaN}"),
        type("interval[]", "{\"-1 days -4 hours\"}", "{\"-1 days 4 hours\"}"),
        type("timestamptz[]", "{\"2026-03-02 01:02:03.000001+00\"}", "{\"2026-02-03 00:00+00\"}"),
        type(
            "pair",
            "(0.1,\"a,b\",\"-1 days -4:00:00\")",
            "(0.10000000000000002,\"\",\"-1 days +4:00:00\")",
            "(0.1,,)"),
        type(
            "jsonb",
            "\"text\"",
            "\"1\"",
            "1",
            "1.00000000000000000001",
            "null",
            "true",
            "[1, \"a\"]",
            "{\"b\": {\"a\": 1}}"),
        type("int4range", "[1,5)", "empty", "(,3)"),
        type("numrange", "[1.00000000000000000001,5)", "[1.00000000000000000002,5)"),
        type("tstzrange", "[2026-03-02 01:02:03.000001+00,)", "[2026-02-03 00:00+00,)"),
        type("int4multirange", "{[1,5),[7,9)}", "{}"),
        type("tsvector", "'a':1 'b':2", "'a'"),
        type("tsquery", "'a' & 'b'", "'a' | 'b'"));
  }

  @ParameterizedTest
  @MethodSource("types")
  void everyRowComesOnceWhereverTheReadingStops(KeyType type) throws Exception {
    fill(type);
    SplittableSource<Integer, Position> source =
        Sources.keyset(sessionsOfAllKinds(), "keyed")
            .key("key")
            .columns("place")
            .pageSize(2)
            .rows(row -> row.getInt("place"));

    List<Integer> all = stoppedAtEveryItem(source);

    assertThat(all).isEqualTo(inOrder()).hasSize(type.values().size());
    var inParts = new ArrayList<Integer>();
    for (String part : source.split(3)) {
      inParts.addAll(stoppedAtEveryItem(source.part(part)));
    }
    assertThat(inParts).isEqualTo(all);
  }

  /** An item is found again by the text of its position, in whatever session that is read. */
  @ParameterizedTest
  @MethodSource("types")
  void aPositionHasTheSameTextInEverySession(KeyType type) throws Exception {
    fill(type);
    // Those are written in the time zone of the session: only the rows behind them are the same.
    assumeFalse(Set.of("tstzrange", "timestamptz[]").contains(type.name()));
    DataSource sessions = sessionsOfAllKinds();
    Source<Integer, Position> source =
        Sources.keyset(sessions, "keyed").key("key").rows(row -> row.getInt("place"));
    List<Position> positions = positions(source);

    for (int session = 0; session < 6; session++) {
      assertThat(positions(source)).isEqualTo(positions);
    }
  }

  private static List<Position> positions(Source<Integer, Position> source) throws Exception {
    return Resuming.read(source, null, Optional.empty()).stream().map(Item::position).toList();
  }

  private static List<Integer> stoppedAtEveryItem(Source<Integer, Position> source)
      throws Exception {
    List<Item<Integer, Position>> all = Resuming.read(source, null, Optional.empty());
    List<Integer> values = all.stream().map(Item::value).toList();
    for (int finished = 1; finished <= all.size(); finished++) {
      Position position = all.get(finished - 1).position();
      assertThat(Resuming.read(source, Resuming.saved(source, position), Optional.empty()))
          .as("after %d items, at %s", finished, position)
          .extracting(Item::value)
          .isEqualTo(values.subList(finished, all.size()));
    }
    return values;
  }

  private static void fill(KeyType type) {
    database.execute("DROP TABLE IF EXISTS keyed");
    database.execute(
        "CREATE TABLE keyed (place integer NOT NULL, key %s PRIMARY KEY)".formatted(type.name()));
    String plain = type.name().replaceAll(" COLLATE.*", "");
    for (int i = 0; i < type.values().size(); i++) {
      database.execute(
          "INSERT INTO keyed VALUES (?, CAST(CAST(? AS text) AS %s))".formatted(plain),
          i,
          type.values().get(i));
    }
  }

  private static List<Integer> inOrder() {
    return database.query("SELECT place FROM keyed ORDER BY key").stream()
        .map(row -> (Integer) row.get("place"))
        .toList();
  }

  /** Each connection has other settings than the one before it. */
  private static DataSource sessionsOfAllKinds() {
    var next = new AtomicInteger();
    return (DataSource)
        Proxy.newProxyInstance(
            KeysetTypesTest.class.getClassLoader(),
            new Class<?>[] {DataSource.class},
            (proxy, method, arguments) ->
                POOLS.get(next.getAndIncrement() % POOLS.size()).getConnection());
  }

  /** One for each kind, because opening a connection takes longer than reading a page. */
  private static HikariDataSource pool(String settings) {
    var fresh = (PGSimpleDataSource) database.fresh().dataSource();
    // The table has other types in each test.
    fresh.setPrepareThreshold(0);
    var config = new HikariConfig();
    config.setDataSource(fresh);
    config.setConnectionInitSql(settings + "; SET search_path = " + database.schema());
    config.setMaximumPoolSize(2);
    config.setMinimumIdle(0);
    return new HikariDataSource(config);
  }

  private static Connection connection(String settings) throws SQLException {
    Connection connection = database.fresh().dataSource().getConnection();
    try (var statement = connection.createStatement()) {
      statement.execute(settings + "; SET search_path = " + database.schema());
    }
    return connection;
  }

  @Test
  void settingsOfTheSessionStayWhatTheyWere() throws Exception {
    fill(type("double precision", "0.1", "0.2"));
    var last = new ArrayList<Connection>();
    DataSource single =
        (DataSource)
            Proxy.newProxyInstance(
                KeysetTypesTest.class.getClassLoader(),
                new Class<?>[] {DataSource.class},
                (proxy, method, arguments) -> {
                  if (last.isEmpty()) {
                    last.add(connection(SESSIONS.getFirst()));
                  }
                  return Proxy.newProxyInstance(
                      KeysetTypesTest.class.getClassLoader(),
                      new Class<?>[] {Connection.class},
                      (ignored, call, values) ->
                          call.getName().equals("close")
                              ? null
                              : call.invoke(last.getFirst(), values));
                });

    assertThat(Resuming.values(Sources.keyset(single, "keyed").key("key").rows(row -> 1)))
        .hasSize(2);

    try (Connection connection = last.getFirst();
        var statement = connection.createStatement();
        var rows =
            statement.executeQuery(
                "SELECT current_setting('extra_float_digits') || current_setting('IntervalStyle')")) {
      rows.next();
      assertThat(rows.getString(1)).isEqualTo("0sql_standard");
    }
  }
}
