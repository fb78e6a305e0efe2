package dev.cairn.resumable;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.cairn.Cairn;
import dev.cairn.CairnException;
import dev.cairn.InsertOptions;
import dev.cairn.JobRow;
import dev.cairn.JobState;
import dev.cairn.TestClients;
import dev.cairn.TestDatabase;
import dev.cairn.Workers;
import dev.cairn.jobs.JobQuery;
import dev.cairn.resumable.ResumableJobs.Args;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a transaction holds that operations have joined, and what it meets. */
class JoinedLocksTest {
  @RegisterExtension static final TestDatabase database = new TestDatabase();
  @RegisterExtension final TestClients clients = new TestClients(database);

  private final OwnTransactions transactions = new OwnTransactions(database);

  /** To add a queue is not part of the transaction, so it must not wait for it. */
  @Test
  void aQueueIsAddedInTheTransactionThatHasChangedIt() throws Exception {
    database.execute(
        "INSERT INTO %s.river_queue (name, updated_at, paused_at) VALUES ('mail', now(), now())"
            .formatted(database.schema()));
    Cairn client =
        clients.build(builder ->
            builder
                .transactions(transactions)
                .workers(Workers.builder().register(Args.class, (job, context) -> {}).build())
                .queue("default", 1));
    client.start();

    CompletableFuture.runAsync(() -> resumeAndAdd(client)).get(20, SECONDS);

    clients.await(
        client.insert(new Args("one"), InsertOptions.defaults().withQueue("mail")).id(),
        JobState.COMPLETED);
  }

  private void resumeAndAdd(Cairn client) {
    try {
      transactions.run(connection -> {
        assertThat(client.queues().resume("mail")).isTrue();
        client.queues().add("mail", 5);
      });
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  /** Such a transaction cannot see what the other one has done to the job. */
  @ParameterizedTest
  @CsvSource({
    "REPEATABLE READ, true",
    "REPEATABLE READ, false",
    "SERIALIZABLE, true",
    "SERIALIZABLE, false"
  })
  void aJobThatWasChangedFailsAStricterTransactionWhichLosesNothingIfItIsRunAgain(
      String isolation, boolean many) throws Exception {
    Cairn client = clients.build(builder -> builder.transactions(transactions));
    long changed = client.insert(new Args("changed")).id();
    long untouched = client.insert(new Args("untouched")).id();
    Set<Long> ids = new TreeSet<>(Set.of(changed, untouched));
    JobQuery both = JobQuery.all().withIds(ids);

    assertThatExceptionOfType(CairnException.class)
        .isThrownBy(() ->
            transactions.run(connection -> {
              begin(connection, isolation);
              long note = client.insert(new Args("note " + isolation)).id();
              assertThat(client.jobs().find(note)).isPresent();
              assertThat(client.outside().jobs().cancel(changed)).isPresent();
              cancel(client, ids, many);
            }))
        .withMessageContaining("[CAIRN-606]");
    assertThat(client.jobs().list(both).jobs())
        .extracting(JobRow::state)
        .containsExactly(JobState.CANCELLED, JobState.AVAILABLE);
    assertThat(notes(isolation)).isZero();

    transactions.run(connection -> {
      begin(connection, isolation);
      client.insert(new Args("note " + isolation));
      cancel(client, ids, many);
    });

    assertThat(client.jobs().list(both).jobs())
        .extracting(JobRow::state)
        .containsOnly(JobState.CANCELLED);
    assertThat(notes(isolation)).isOne();
    database.execute("DELETE FROM %s.river_job".formatted(database.schema()));
  }

  private static void cancel(Cairn client, Set<Long> ids, boolean many) {
    if (many) {
      assertThat(client.jobs().cancelMany(JobQuery.all().withIds(ids))).isNotEmpty();
    } else {
      ids.forEach(id -> assertThat(client.jobs().cancel(id)).isPresent());
    }
  }

  private static void begin(Connection connection, String isolation) {
    try (var statement = connection.createStatement()) {
      statement.execute("SET TRANSACTION ISOLATION LEVEL " + isolation);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private static long notes(String isolation) {
    return database.number(
        "SELECT count(*) FROM %s.river_job WHERE args ->> 'name' = ?".formatted(database.schema()),
        "note " + isolation);
  }
}
