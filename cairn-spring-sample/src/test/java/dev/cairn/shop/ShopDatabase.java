package dev.cairn.shop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cairn.embedded.EmbeddedDatabase;
import dev.cairn.embedded.FreshDatabase;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.springframework.jdbc.core.simple.JdbcClient;

/** The database of a shop under test, read from outside. */
record ShopDatabase(FreshDatabase database) {
  static ShopDatabase fresh() {
    return new ShopDatabase(EmbeddedDatabase.shared().newDatabase());
  }

  /** The environment variables with which a shop uses this database. */
  Map<String, String> environment() {
    return Map.of(
        "SPRING_DATASOURCE_URL", database.jdbcUrl(),
        "SPRING_DATASOURCE_USERNAME", database.user(),
        "SPRING_DATASOURCE_PASSWORD", database.password());
  }

  /** The columns of {@code river_job} that the tests read. */
  record JobLine(String kind, String state, int attempt, int errors) {}

  List<JobLine> jobs(String kind) {
    return sql("""
    SELECT kind, state::text, attempt, coalesce(array_length(errors, 1), 0) AS errors
    FROM river_job WHERE kind = ? ORDER BY id
    """)
        .param(kind)
        .query(JobLine.class)
        .list();
  }

  void awaitAllCompleted() {
    await("all jobs to be completed")
        .atMost(Duration.ofMinutes(10))
        .untilAsserted(() -> assertThat(count("river_job WHERE state <> 'completed'")).isZero());
  }

  long count(String from) {
    return number("SELECT count(*) FROM " + from);
  }

  long number(String sql) {
    return sql(sql).query(Long.class).single();
  }

  JdbcClient.StatementSpec sql(String sql) {
    return JdbcClient.create(database.dataSource()).sql(sql);
  }
}
