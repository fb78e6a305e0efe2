package dev.cairn.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.Statement;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class DemoServerTest {
  /** Otherwise nobody takes the job of a worker over that was frozen right before its COMMIT. */
  @Tag("thorough")
  @Test
  void aWorkerThatIsFrozenInATransactionDoesNotHoldItsJobForEver() throws Exception {
    try (DemoServer server = DemoServer.start();
        Connection frozen = server.database().dataSource().getConnection();
        Connection other = server.database().dataSource().getConnection();
        Statement statement = frozen.createStatement();
        Statement update = other.createStatement()) {
      statement.execute("CREATE TABLE job (id integer)");
      statement.execute("INSERT INTO job VALUES (1)");
      frozen.setAutoCommit(false);
      statement.execute("SELECT FROM job FOR UPDATE");

      update.setQueryTimeout(30);
      assertThat(update.executeUpdate("UPDATE job SET id = 2")).isEqualTo(1);
    }
  }
}
