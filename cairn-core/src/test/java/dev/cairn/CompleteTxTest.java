package dev.cairn;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.spi.Checkpoint;
import dev.cairn.spi.MiddlewareContext;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
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

  /** Seen before: its own completion was taken for a lost lease, and the job ran for ever. */
  @Test
  void a5_whatFollowsACompletionInItsTransactionFailsTheAttemptWhichIsRetried() {
    for (String what : List.of("completeTx", "stepTx", "advanceTx")) {
      Cairn client =
          clients.start(
              Booked.class,
              (job, context) -> {
                if (job.attempt() > 1) {
                  return;
                }
                context.inTransaction(connection -> {
                  context.completeTx(connection);
                  switch (what) {
                    case "completeTx" -> context.completeTx(connection);
                    case "stepTx" ->
                        ((MiddlewareContext) context)
                            .checkpoints()
                            .saveTx(connection, new Checkpoint("step", 1, true, null));
                    default ->
                        ((MiddlewareContext) context)
                            .checkpoints()
                            .saveTx(connection, new Checkpoint("items", 1, false, "5"));
                  }
                  return true;
                });
              },
              builder -> builder.retryPolicy((job, failures) -> Duration.ZERO));
      long id = client.insert(new Booked(1)).id();

      JobRow job = clients.await(id, JobState.COMPLETED);

      assertThat(job.attempt()).as(what).isEqualTo(2);
      assertThat(job.errors())
          .singleElement()
          .satisfies(error -> assertThat(error.error()).contains("already completed"));
      client.stop();
    }
  }

  /** Seen before: the job was completed, and the rows of its transaction were gone. */
  @Test
  void aJobWhoseCompletionWasNotCommittedIsTriedAgain() {
    database.execute("CREATE TABLE booking (number integer)");
    Cairn client =
        clients.start(
            Booked.class,
            (job, context) -> {
              try (Connection connection = database.dataSource().getConnection();
                  var insert = connection.prepareStatement("INSERT INTO booking VALUES (?)")) {
                connection.setAutoCommit(false);
                insert.setInt(1, job.attempt());
                insert.executeUpdate();
                context.completeTx(connection);
                if (job.attempt() > 1) {
                  connection.commit();
                } else {
                  connection.rollback();
                }
              }
            },
            builder -> builder.retryPolicy((job, failures) -> Duration.ZERO));
    long id = client.insert(new Booked(1)).id();

    JobRow job = clients.await(id, JobState.COMPLETED);

    assertThat(job.attempt()).isEqualTo(2);
    assertThat(job.errors())
        .singleElement()
        .satisfies(error ->
            assertThat(error.error())
                .contains(
                    "without committing the transaction in which it called completeTx", "Commit"));
    assertThat(database.number("SELECT number FROM booking")).isEqualTo(2);
  }

  @Test
  void atItsLastAttemptItIsDiscarded() {
    Cairn client =
        clients.start(
            Booked.class,
            (job, context) -> {
              try (Connection connection = database.dataSource().getConnection()) {
                connection.setAutoCommit(false);
                context.completeTx(connection);
                connection.rollback();
              }
            });
    InsertOptions once = InsertOptions.defaults().withMaxAttempts(1);
    long id = client.insert(new Booked(1), once).id();

    assertThat(clients.await(id, JobState.DISCARDED).errors()).hasSize(1);
  }

  @Test
  void a5_aSecondCompletionAfterTheFirstHasCommittedIsRefusedToo() {
    Cairn client =
        clients.start(
            Booked.class,
            (job, context) -> {
              completeInTransaction(context);
              completeInTransaction(context);
            });
    long id = client.insert(new Booked(1)).id();

    assertThat(clients.await(id, JobState.COMPLETED).errors()).isEmpty();
    client.stop();
    assertThat(
            database.query(
                "SELECT id FROM cairn_client WHERE id = ? AND timeout > '0'", client.id()))
        .isEmpty();
  }
}
