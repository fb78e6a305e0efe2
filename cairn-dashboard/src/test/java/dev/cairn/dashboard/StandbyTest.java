package dev.cairn.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.embedded.EmbeddedDatabase;
import dev.cairn.embedded.FreshDatabase;
import dev.cairn.embedded.ServerOptions;
import dev.cairn.migrate.Migrator;
import java.sql.SQLException;
import java.time.Duration;
import javax.sql.DataSource;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A dashboard may read from a replica. */
@Timeout(180)
class StandbyTest {
  @Test
  void everythingIsReadFromAStandbyAndChangesAreRefused() throws Exception {
    try (EmbeddedDatabase primary = EmbeddedDatabase.start(ServerOptions.forTests())) {
      FreshDatabase database = primary.newDatabase();
      Migrator.of(database.dataSource()).inSchema("public").up();
      var samples =
          new SampleJobs(database.dataSource(), "public").insert(40, "discarded", "running");
      long id = samples.newest("discarded");
      samples.furnish(id);
      try (EmbeddedDatabase standby = primary.standby("dashboard", database.port())) {
        DataSource copy = standby.database(database.name()).dataSource();
        Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> hasArrived(copy, id));
        try (var dashboard =
            Dashboard.builder(copy)
                .schema("public")
                .access(request -> Grant.operator("ada"))
                .build()) {
          var page = new TestPage(dashboard);
          for (String route : dashboard.routes()) {
            if (route.startsWith("GET ")) {
              String path = route.substring(4).replace("{id}", Long.toString(id));
              page.get(path).ok();
            }
          }
          TestPage.Answer act =
              page.post("/api/jobs/%d/acts".formatted(id), "{\"verb\": \"retry\"}");
          assertThat(act.status()).isEqualTo(403);
        }
      }
    }
  }

  private static boolean hasArrived(DataSource copy, long id) {
    try (var connection = copy.getConnection();
        var statement = connection.createStatement();
        var rows =
            statement.executeQuery(
                "SELECT count(*) FROM public.cairn_quarantine WHERE job_id = " + id)) {
      rows.next();
      return rows.getLong(1) > 0;
    } catch (SQLException e) {
      return false;
    }
  }
}
