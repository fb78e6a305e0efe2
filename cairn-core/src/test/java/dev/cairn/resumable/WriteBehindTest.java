package dev.cairn.resumable;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.AttemptError;
import dev.cairn.Cairn;
import dev.cairn.JobRow;
import dev.cairn.JobState;
import dev.cairn.TestClients;
import dev.cairn.TestDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Transactions that send their writes only when they are committed, as those of Hibernate do: the
 * work has returned and has written nothing yet.
 */
class WriteBehindTest {
  @RegisterExtension static final TestDatabase database = new TestDatabase();
  @RegisterExtension final TestClients clients = new TestClients(database);

  private final ResumableJobs jobs = new ResumableJobs(database, clients);
  private final Effects effects = new Effects(database);
  private final OwnTransactions own = new OwnTransactions(database);

  /** Transactions so far. */
  private final AtomicInteger commits = new AtomicInteger();

  @BeforeEach
  void clearEffects() {
    effects.clear();
  }

  /** How the first transaction ends. */
  @FunctionalInterface
  interface FirstEnd {
    void of(Connection connection) throws Exception;
  }

  private JobRow complete(FirstEnd first, ResumableJobs.Code code) {
    Cairn client =
        jobs.start(
            code,
            builder ->
                builder
                    .transactions(work ->
                        own.run(
                            work,
                            connection -> {
                              if (commits.incrementAndGet() == 1) {
                                first.of(connection);
                              } else {
                                flushAndCommit(connection);
                              }
                            }))
                    .shutdownGrace(Duration.ofMillis(100))
                    .retryPolicy((job, failures) -> Duration.ofMillis(1)));
    return clients.await(jobs.insert(client), JobState.COMPLETED);
  }

  private static void flushAndCommit(Connection connection) throws SQLException {
    Effects.insert(connection, "row");
    connection.commit();
  }

  private static Arguments end(String name, FirstEnd first, String... errors) {
    return Arguments.of(name, first, List.of(errors));
  }

  static Stream<Arguments> ends() {
    return Stream.of(
        end(
            "a row is refused",
            connection -> {
              try (var statement = connection.createStatement()) {
                statement.execute("SELECT 1 / 0");
              }
            },
            "division by zero"),
        end(
            "is marked for rollback, and says nothing",
            Connection::rollback,
            "returned, but its transaction was rolled back"),
        end(
            "cannot be serialized",
            connection -> {
              throw new SQLException("not now", "40001");
            }));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("ends")
  void r41_whatIsRefusedAtTheCommitHasNotHappened(
      String name, FirstEnd first, List<String> errors) {
    JobRow job =
        complete(
            first,
            (steps, context) -> {
              context.inTransaction(connection -> true);
              assertThat(effects.all()).as("rows, when the worker goes on").containsExactly("row");
            });

    assertThat(job.errors()).hasSameSizeAs(errors);
    assertThat(job.errors().stream().map(AttemptError::error))
        .allMatch(error -> error.contains(errors.getFirst()));
    assertThat(effects.all()).containsExactly("row");
    assertThat(commits).hasValue(2);
  }

  @Test
  void r41_aTransactionThatOnlyReadsIsCommitted() {
    JobRow job =
        complete(
            Connection::commit,
            (steps, context) ->
                context.inTransaction(connection -> {
                  try (var statement = connection.createStatement()) {
                    statement.execute("SET TRANSACTION READ ONLY");
                  }
                  return true;
                }));

    assertThat(job.errors()).isEmpty();
    assertThat(commits).hasValue(1);
  }
}
