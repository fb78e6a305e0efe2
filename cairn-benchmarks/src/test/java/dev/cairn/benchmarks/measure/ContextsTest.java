package dev.cairn.benchmarks.measure;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The table has as many contexts as the command says, or the figures would be of something else.
 */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class ContextsTest {
  @SuppressWarnings("NullAway.Init") // set before all tests
  private static Server server;

  @SuppressWarnings("NullAway.Init") // set before all tests
  private static Server.Database database;

  @BeforeAll
  static void start() throws SQLException {
    server = Server.start(Statistics.FULL);
    database = server.migrated();
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @ParameterizedTest
  @CsvSource({
    "100, 1,   100, 100, 100",
    "100, 1,   10,  10,  10",
    "0,   1,   100, 0,   0",
    "10,  1,   100, 10,  10",
    "10,  1,   109, 10,  10",
    "33,  1,   100, 33,  33",
    "100, 7,   100, 100, 15",
    "50,  7,   100, 49,  7",
    "50,  7,   103, 49,  7",
    "50,  3,   10,  4,   2",
    "100, 500, 100, 100, 1"
  })
  void asManyJobsCarryAContextAsWereSampledAndThoseInsertedTogetherShareOne(
      int sampled, int together, int jobs, int carried, int different) throws SQLException {
    var contexts = new Contexts(sampled, together);
    database.table().fillTraced(jobs, contexts);

    assertThat(contexts.carriedBy(jobs)).isEqualTo(carried);
    try (Connection connection = database.dataSource().getConnection();
        Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                """
                SELECT count(*), count(metadata ->> 'traceparent'),
                  count(DISTINCT metadata ->> 'traceparent'),
                  count(*) FILTER (WHERE metadata ->> 'traceparent'
                    ~ '^00-[0-9a-f]{32}-[0-9a-f]{16}-01$')
                FROM river_job
                """)) {
      row.next();
      assertThat(row.getInt(1)).isEqualTo(jobs);
      assertThat(row.getInt(2)).isEqualTo(carried);
      assertThat(row.getInt(3)).isEqualTo(different);
      assertThat(row.getInt(4)).isEqualTo(carried);
    }
  }
}
