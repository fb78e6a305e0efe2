package dev.cairn.internal.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.TestDatabase;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TimesTest {
  @RegisterExtension static final TestDatabase database = new TestDatabase();

  /** By PostgreSQL's text. */
  private static Map<String, Instant> times() {
    var times = new LinkedHashMap<String, Instant>();
    times.put("-infinity", Instant.MIN);
    times.put("4714-11-24 00:00:00+00 BC", Instant.parse("-4713-11-24T00:00:00Z"));
    times.put("0045-03-15 12:00:00+00 BC", Instant.parse("-0044-03-15T12:00:00Z"));
    times.put("0001-12-31 23:59:59.999999+00 BC", Instant.parse("0000-12-31T23:59:59.999999Z"));
    times.put("0001-01-01 00:00:00+00", Instant.parse("0001-01-01T00:00:00Z"));
    times.put("1582-10-10 00:00:00+00", Instant.parse("1582-10-10T00:00:00Z"));
    times.put("1969-12-31 23:59:59.999999+00", Instant.parse("1969-12-31T23:59:59.999999Z"));
    times.put("2026-11-26 05:18:00+00", Instant.parse("2026-11-26T05:18:00Z"));
    times.put("2026-11-26 05:18:35.5+00", Instant.parse("2026-11-26T05:18:35.5Z"));
    times.put("2026-11-26 05:18:35.285078+00", Instant.parse("2026-11-26T05:18:35.285078Z"));
    times.put("10000-01-01 00:00:00+00", Instant.parse("+10000-01-01T00:00:00Z"));
    times.put("294276-12-31 23:59:59.999999+00", Instant.parse("+294276-12-31T23:59:59.999999Z"));
    times.put("infinity", Instant.MAX);
    return times;
  }

  private static Connection connect(String transport) throws SQLException {
    var fresh = database.fresh();
    return DriverManager.getConnection(
        fresh.jdbcUrl() + "?" + transport, fresh.user(), fresh.password());
  }

  @ParameterizedTest
  @ValueSource(strings = {"binaryTransfer=false", "prepareThreshold=-1"})
  void allOfPostgresIsReadAndGivenBack(String transport) throws SQLException {
    try (Connection connection = connect(transport);
        var statement =
            connection.prepareStatement(
                """
                SELECT written, ?::timestamptz = written, ?::text::timestamptz = written
                FROM (SELECT ?::text::timestamptz AS written) AS times
                """)) {
      for (var time : times().entrySet()) {
        statement.setObject(1, Times.parameter(time.getValue()));
        statement.setString(2, Times.text(time.getValue()));
        statement.setString(3, time.getKey());
        try (var row = statement.executeQuery()) {
          assertThat(row.next()).isTrue();
          assertThat(Times.of(row.getObject(1, OffsetDateTime.class)))
              .as(time.getKey())
              .isEqualTo(time.getValue());
          assertThat(row.getBoolean(2))
              .as("as a parameter: %s", time.getKey())
              .isEqualTo(!time.getKey().startsWith("4714"));
          assertThat(row.getBoolean(3)).as("as a text: %s", time.getKey()).isTrue();
        }
      }
    }
  }

  @Test
  void whatPostgresDoesNotReachIsInfinity() {
    assertThat(Times.text(Instant.parse("-4713-11-23T23:59:59Z"))).isEqualTo("-infinity");
    assertThat(Times.text(Instant.parse("+294277-01-01T00:00:00Z"))).isEqualTo("infinity");
    assertThat(Times.parameter(Instant.MIN)).isEqualTo(OffsetDateTime.MIN);
    assertThat(Times.parameter(Instant.MAX)).isEqualTo(OffsetDateTime.MAX);
  }

  @Test
  void textsAreTheSameInEveryLocale() {
    assertThat(Times.text(Instant.parse("2026-11-26T05:18:35.2850789Z")))
        .isEqualTo("2026-11-26T05:18:35.285078Z");
    assertThat(Times.text(Instant.parse("+20026-11-26T05:18:35.2850789Z")))
        .isEqualTo("20026-11-26 05:18:35.285078+00");
    assertThat(Times.parsed("2026-01-01T00:00:00+05:45"))
        .isEqualTo(Instant.parse("2025-12-31T18:15:00Z"));
    assertThat(Times.parsed("never")).isNull();
  }
}
