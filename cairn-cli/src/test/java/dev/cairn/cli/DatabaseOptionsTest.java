package dev.cairn.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.Cairn;
import dev.cairn.CairnException;
import dev.cairn.JobState;
import dev.cairn.JsonArgs;
import dev.cairn.embedded.FreshDatabase;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.postgresql.ds.PGSimpleDataSource;

/** The limits of the statements of commands. */
class DatabaseOptionsTest {
  private final FreshDatabase database = MigratedDatabase.fresh();

  private PGSimpleDataSource limited(Duration statement) {
    var driver = (PGSimpleDataSource) DatabaseUrl.parse(Address.of(database)).dataSource();
    DatabaseOptions.limit(driver, statement);
    return driver;
  }

  /** Its statement must not wait on in the server, and get the lock after the command has ended. */
  @Test
  void whatACommandReportsAsFailedDoesNotHappenLater() throws Exception {
    Cairn inserter = Cairn.builder(database.dataSource()).build();
    long id = inserter.insert(JsonArgs.of("import_catalog", "{}")).id();
    Cairn command = Cairn.builder(limited(Duration.ofSeconds(1))).build();
    try (Connection connection = database.dataSource().getConnection();
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      statement.execute("SELECT FROM river_job FOR SHARE");

      assertThatThrownBy(() -> command.jobs().operator("ada").cancel(id))
          .isInstanceOf(CairnException.class)
          .hasMessageContaining("canceling statement");

      try (var waiting =
          statement.executeQuery("SELECT count(*) FROM pg_locks WHERE NOT granted")) {
        assertThat(waiting.next()).isTrue();
        assertThat(waiting.getInt(1)).isZero();
      }
      connection.rollback();
    }
    assertThat(inserter.jobs().find(id).orElseThrow().state()).isEqualTo(JobState.AVAILABLE);
  }

  @Test
  void theServerEndsAStatementBeforeTheDriverGivesUp() {
    var driver = limited(Duration.ofSeconds(55));
    assertThat(driver.getQueryTimeout()).isEqualTo(55);
    assertThat(driver.getSocketTimeout()).isEqualTo(60);

    var own = (PGSimpleDataSource) DatabaseUrl.parse(jdbc("?socketTimeout=20")).dataSource();
    DatabaseOptions.limit(own, Duration.ofSeconds(55));
    assertThat(own.getSocketTimeout()).isEqualTo(20);
    assertThat(own.getQueryTimeout()).isEqualTo(19);
  }

  private static String jdbc(String parameters) {
    return "jdbc:postgresql://localhost:5432/jobs" + parameters;
  }
}
