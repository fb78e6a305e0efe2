package dev.cairn.promise;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.InsertOptions;
import dev.cairn.JobKind;
import dev.cairn.JobRow;
import dev.cairn.JobState;
import dev.cairn.TestClients;
import dev.cairn.TestDatabase;
import dev.cairn.resumable.Steps;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The database is taken away from code that works a job. */
class DatabaseLostTest {
  @RegisterExtension static final TestDatabase database = new TestDatabase();
  @RegisterExtension final TestClients clients = new TestClients(database);

  @JobKind("cut_off")
  record CutOff(int times) {}

  private int cut;

  /** What a restart of the server does to the statement that runs. */
  private void query(CutOff job) throws SQLException {
    try (Connection connection = database.dataSource().getConnection();
        Statement statement = connection.createStatement()) {
      if (cut < job.times()) {
        cut++;
        statement.execute("SELECT pg_terminate_backend(pg_backend_pid())");
      }
      statement.execute("SELECT 1");
    }
  }

  private void start() {
    clients.start(
        CutOff.class,
        (job, context) ->
            Steps.of(context)
                .step(
                    "query",
                    () -> {
                      try {
                        query(job.args());
                      } catch (SQLException e) {
                        throw new IllegalStateException("as a framework wraps it", e);
                      }
                    }));
  }

  @Test
  void e10_aStatementThatARestartCutsOffUsesUpNoAttempt() {
    start();
    long id = clients.inserter().insert(new CutOff(1)).id();

    JobRow job = clients.await(id, JobState.COMPLETED);

    assertThat(job.attempt()).isEqualTo(1);
    assertThat(job.errors()).isEmpty();
    assertThat(job.metadata()).contains("\"cairn:interruptions\": 1");
  }

  @Test
  void e10_aJobWhoseOwnStatementsTakeTheDatabaseAwayComesToAnEnd() {
    start();
    long id =
        clients
            .inserter()
            .insert(
                new CutOff(Integer.MAX_VALUE),
                InsertOptions.defaults().withMaxAttempts(1).withPending())
            .id();
    database.execute(
        "UPDATE river_job SET metadata = '{\"cairn:outages\": 5}', state = 'available' WHERE id = ?",
        id);

    JobRow job = clients.await(id, JobState.DISCARDED);

    assertThat(job.errors()).hasSize(1);
  }
}
