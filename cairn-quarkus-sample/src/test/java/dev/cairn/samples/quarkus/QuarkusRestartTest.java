package dev.cairn.samples.quarkus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cairn.Cairn;
import dev.cairn.JobRow;
import dev.cairn.JobState;
import dev.cairn.embedded.EmbeddedDatabase;
import dev.cairn.embedded.FreshDatabase;
import dev.cairn.embedded.ServerOptions;
import dev.cairn.jobs.JobQuery;
import io.quarkus.narayana.jta.QuarkusTransaction;
import io.quarkus.runtime.QuarkusApplication;
import io.quarkus.runtime.annotations.QuarkusMain;
import io.quarkus.test.junit.main.QuarkusMainLauncher;
import io.quarkus.test.junit.main.QuarkusMainTest;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** An application that is stopped while it works a job, and started again. */
@QuarkusMainTest
class QuarkusRestartTest {
  private static final EmbeddedDatabase server = EmbeddedDatabase.start(ServerOptions.forTests());
  private static final FreshDatabase database = server.newDatabase();

  @BeforeAll
  static void configure() {
    Database.properties(database).forEach(System::setProperty);
  }

  @AfterAll
  static void stop() {
    Database.properties(database).keySet().forEach(System::clearProperty);
    server.close();
  }

  @Tag("thorough")
  @Test
  void aStoppedApplicationHandsItsJobToTheNextOne(QuarkusMainLauncher launcher) throws Exception {
    assertThat(launcher.launch("begin").exitCode()).isZero();
    assertThat(row("SELECT state::text, cardinality(errors) FROM river_job"))
        .as("handed back in order, and not rescued later")
        .isEqualTo("available null");

    assertThat(launcher.launch("end").exitCode()).isZero();
    assertThat(row("SELECT state::text, attempt FROM river_job")).isEqualTo("completed 1");
  }

  private static String row(String query) throws SQLException {
    try (Connection connection = database.dataSource().getConnection();
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(query)) {
      rows.next();
      return rows.getString(1) + " " + rows.getString(2);
    }
  }

  /** Stops as soon as its job runs, or when its job has ended. */
  @QuarkusMain
  static class Restarted implements QuarkusApplication {
    private final Cairn cairn;
    private final Products products;

    Restarted(Cairn cairn, Products products) {
      this.cairn = cairn;
      this.products = products;
    }

    @Override
    public int run(String... args) {
      if (args[0].equals("begin")) {
        QuarkusTransaction.requiringNew().run(() -> products.persist(new Product("endless")));
        cairn.insert(new Endless("endless"));
        awaitJob(job -> job.state() == JobState.RUNNING);
      } else {
        awaitJob(job -> job.attemptedBy().size() == 2);
        QuarkusTransaction.requiringNew().run(() -> products.deleteById("endless"));
        awaitJob(job -> job.state() == JobState.COMPLETED);
      }
      return 0;
    }

    private void awaitJob(Predicate<JobRow> condition) {
      await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> {
            List<JobRow> jobs = cairn.jobs().list(JobQuery.all()).jobs();
            return condition.test(jobs.getFirst());
          });
    }
  }
}
