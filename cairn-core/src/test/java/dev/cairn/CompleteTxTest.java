package dev.cairn;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.SQLException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a job that was completed in its worker's transaction still writes. */
class CompleteTxTest {
  @RegisterExtension static final TestDatabase database = new TestDatabase();
  @RegisterExtension final TestClients clients = new TestClients(database);

  @JobKind("booked")
  record Booked(int number) {}

  private static void completeInTransaction(WorkContext context) throws SQLException {
    try (Connection connection = database.dataSource().getConnection()) {
      connection.setAutoCommit(false);
      context.completeTx(connection);
      connection.commit();
    }
  }

  @Test
  void metadataIsKeptWhetherStagedBeforeOrAfter() {
    Cairn client =
        clients.start(
            Booked.class,
            (job, context) -> {
              context.setMetadata("before", 1);
              completeInTransaction(context);
              context.setMetadata("after", 2);
            });
    long id = client.insert(new Booked(1)).id();

    clients.awaitJob(
        id,
        job -> {
          assertThat(job.state()).isEqualTo(JobState.COMPLETED);
          assertThat(job.metadata()).isEqualTo("{\"after\": 2, \"before\": 1}");
        });
  }

  @Test
  void metadataStagedBeforeIsThereWithTheCommit() {
    Cairn client =
        clients.start(
            Booked.class,
            (job, context) -> {
              context.setMetadata("before", 1);
              completeInTransaction(context);
              assertThat(context.client().jobs().find(job.id()).orElseThrow().metadata())
                  .isEqualTo("{\"before\": 1}");
              context.setMetadata("seen", true);
            });
    long id = client.insert(new Booked(1)).id();

    clients.awaitJob(id, job -> assertThat(job.metadata()).contains("\"seen\": true"));
  }
}
