package dev.cairn.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.cairn.migrate.Migrator;
import dev.cairn.migrate.Privileges;
import dev.cairn.testing.CairnExtension;
import java.sql.SQLException;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.postgresql.ds.PGSimpleDataSource;

/** A database role that may only read is enough to look. */
class ReadOnlyRoleTest {
  @RegisterExtension static final CairnExtension cairn = new CairnExtension();

  private HikariDataSource readOnly(SampleJobs samples) throws SQLException {
    String name = "reader_" + UUID.randomUUID().toString().replace("-", "").substring(0, 12);
    samples.execute("CREATE ROLE %1$s LOGIN PASSWORD '%1$s'".formatted(name));
    Migrator.of(cairn.dataSource()).inSchema(cairn.schema()).grant(Privileges.READER, name);
    try (var connection = cairn.dataSource().getConnection()) {
      var dataSource = new PGSimpleDataSource();
      dataSource.setUrl(connection.getMetaData().getURL());
      dataSource.setUser(name);
      dataSource.setPassword(name);
      var config = new HikariConfig();
      config.setDataSource(dataSource);
      config.setMaximumPoolSize(3);
      config.setMinimumIdle(0);
      return new HikariDataSource(config);
    }
  }

  @Test
  void aReaderOfTheDatabaseLooksAndCannotChange() throws Exception {
    var samples =
        new SampleJobs(cairn.dataSource(), cairn.schema()).insert(40, "discarded", "running");
    long id = samples.newest("discarded");
    samples.furnish(id);
    try (HikariDataSource pool = readOnly(samples);
        var dashboard =
            Dashboard.builder(pool)
                .schema(cairn.schema())
                .access(request -> Grant.operator("ada"))
                .build()) {
      var page = new TestPage(dashboard);
      for (String route : dashboard.routes()) {
        if (route.startsWith("GET ")) {
          String path = route.substring(4).replace("{id}", Long.toString(id));
          assertThat(page.get(path).status()).as(route).isEqualTo(200);
        }
      }
      assertThat(page.get("/api/health").text())
          .as("all checks are made")
          .doesNotContain("lacks a privilege", "cannot be checked", "the check failed");
      page.post("/api/jobs/search", "{\"args\": \"{}\"}").ok();
      for (String sort : new String[] {"stalled", "crashes", "quarantined"}) {
        page.get("/api/jobs?sort=" + sort).ok();
      }
      TestPage.Answer act = page.post("/api/jobs/%d/acts".formatted(id), "{\"verb\": \"retry\"}");
      assertThat(act.status()).isEqualTo(403);
      assertThat(act.json().path("error").path("message").asString()).contains("only read");
    }
  }

  @Test
  void looksAreTransactionsThatCannotWrite() throws Exception {
    var reader = new dev.cairn.dashboard.internal.read.Reader(cairn.dataSource(), cairn.schema());
    String settings =
        reader.read(snapshot -> {
          try (var statement = snapshot.connection().createStatement();
              var rows =
                  statement.executeQuery(
                      "SELECT current_setting('transaction_read_only') || ' ' ||"
                          + " current_setting('statement_timeout') || ' ' ||"
                          + " current_setting('transaction_isolation')")) {
            rows.next();
            return rows.getString(1);
          }
        });
    assertThat(settings).isEqualTo("on 5s repeatable read");
    try (var connection = cairn.dataSource().getConnection();
        var statement = connection.createStatement();
        var rows = statement.executeQuery("SHOW statement_timeout")) {
      rows.next();
      assertThat(rows.getString(1)).isEqualTo("0");
    }
  }
}
