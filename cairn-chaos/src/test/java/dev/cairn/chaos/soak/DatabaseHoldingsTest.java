package dev.cairn.chaos.soak;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cairn.chaos.fleet.Tables;
import dev.cairn.embedded.EmbeddedDatabase;
import dev.cairn.embedded.FreshDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.postgresql.ds.PGSimpleDataSource;

class DatabaseHoldingsTest {
  private final FreshDatabase database = EmbeddedDatabase.shared().newDatabase();

  private PGSimpleDataSource source(String application) {
    var source = (PGSimpleDataSource) database.dataSource();
    source.setApplicationName(application);
    return source;
  }

  /** Leaves a transaction open that is as old as the session. */
  private Connection session(String application) throws SQLException {
    Connection connection = source(application).getConnection();
    connection.setAutoCommit(false);
    try (var statement = connection.createStatement()) {
      statement.execute("SELECT 1");
    }
    return connection;
  }

  /** Otherwise somebody else's backup would be a finding. */
  @Test
  void onlySessionsAndTransactionsOfTheRunAreMeasured() throws SQLException {
    Tables tables = Tables.create(source("cairn_soak"), "cairn_soak", null);
    try (Connection shop = session("shop");
        Connection otherRun = session("cairn_soak2-w1")) {
      try (Connection worker = session("cairn_soak-w1")) {
        await()
            .atMost(Duration.ofMinutes(1))
            .untilAsserted(() ->
                assertThat(value(DatabaseHoldings.measure(tables), "oldest transaction"))
                    .isPositive());
        Map<Measure, Long> values = DatabaseHoldings.measure(tables);
        assertThat(value(values, "sessions chaos-w1")).isEqualTo(1);
        assertThat(values.keySet())
            .extracting(Measure::name)
            .noneMatch(name -> name.contains("shop") || name.contains("soak2"));
        worker.rollback();
      }

      // By now, those of the others are more than a second old.
      assertThat(value(DatabaseHoldings.measure(tables), "oldest transaction")).isZero();
      shop.rollback();
      otherRun.rollback();
    }
  }

  private static long value(Map<Measure, Long> values, String name) {
    return values.entrySet().stream()
        .filter(each -> each.getKey().name().equals(name))
        .findFirst()
        .orElseThrow()
        .getValue();
  }
}
