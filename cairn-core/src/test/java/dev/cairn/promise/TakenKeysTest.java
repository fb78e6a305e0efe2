package dev.cairn.promise;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.Cairn;
import dev.cairn.JobDiscardException;
import dev.cairn.JobKind;
import dev.cairn.JobRow;
import dev.cairn.JobSnoozeException;
import dev.cairn.JobState;
import dev.cairn.TestClients;
import dev.cairn.TestDatabase;
import dev.cairn.resumable.Steps;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A job whose unique key does not count while it runs, and which another job takes meanwhile. Seen
 * before: it stayed running for an hour, and longer if nothing else was worked.
 */
class TakenKeysTest {
  @RegisterExtension static final TestDatabase database = new TestDatabase();
  @RegisterExtension final TestClients clients = new TestClients(database);

  /** In which way the attempt ends. */
  enum End {
    COMPLETES,
    COMPLETES_STEPS,
    COMPLETES_IN_TRANSACTION,
    FAILS,
    SNOOZES,
    DISCARDS
  }

  @JobKind("keyed")
  record Keyed(End end) {}

  @AfterEach
  void empty() {
    database.execute("DROP INDEX IF EXISTS only_one");
  }

  private Cairn start() {
    return clients.start(
        Keyed.class,
        (job, context) -> {
          takeKey(job.id());
          switch (job.args().end()) {
            case COMPLETES -> {}
            case COMPLETES_STEPS -> Steps.of(context).step("one", () -> {});
            case COMPLETES_IN_TRANSACTION ->
                context.inTransaction(connection -> {
                  context.completeTx(connection);
                  return true;
                });
            case FAILS -> throw new IllegalStateException("on purpose");
            case SNOOZES -> throw new JobSnoozeException(Duration.ofHours(1));
            case DISCARDS -> throw new JobDiscardException("on purpose");
          }
        });
  }

  /** The key counts in all states but that of running jobs. */
  private static void takeKey(long id) {
    database.execute(
        "UPDATE river_job SET unique_key = 'k', unique_states = B'10111111' WHERE id = ?", id);
    database.execute(
        """
        INSERT INTO river_job (kind, args, max_attempts, queue, unique_key, unique_states)
        VALUES ('other', '{}', 25, 'nowhere', 'k', B'10111111')
        """);
  }

  @ParameterizedTest
  @EnumSource(
      value = End.class,
      names = {"COMPLETES", "COMPLETES_STEPS", "COMPLETES_IN_TRANSACTION"})
  void aJobThatIsDoneIsCompletedAndGivesTheKeyUp(End end) {
    Cairn client = start();
    long id = client.insert(new Keyed(end)).id();

    JobRow job = clients.await(id, JobState.COMPLETED);

    assertThat(job.errors()).isEmpty();
    assertThat(database.text("SELECT unique_key FROM river_job WHERE id = ?", id)).isNull();
  }

  @ParameterizedTest
  @CsvSource({"FAILS, 2", "SNOOZES, 1", "DISCARDS, 1"})
  void oneThatWouldWaitAgainIsDiscardedWithTheReason(End end, int errors) {
    Cairn client = start();
    long id = client.insert(new Keyed(end)).id();

    JobRow job = clients.await(id, JobState.DISCARDED);

    assertThat(job.errors()).hasSize(errors);
    if (end != End.DISCARDS) {
      assertThat(job.errors().getLast().error())
          .contains("Another job has taken the unique key of this one while it ran");
      assertThat(job.metadata()).contains("\"unique_key_conflict\": \"finish_discarded\"");
    }
  }

  /** An index of the user's own: no statement can know what to give up for it. */
  @Test
  void aJobThatAnotherUniqueIndexRefusesIsSetApartAtOnce() {
    database.execute("CREATE UNIQUE INDEX only_one ON river_job (kind) WHERE state = 'completed'");
    clients.start(Keyed.class, (job, context) -> {});
    Cairn inserter = clients.inserter();
    clients.await(inserter.insert(new Keyed(End.COMPLETES)).id(), JobState.COMPLETED);

    long second = inserter.insert(new Keyed(End.COMPLETES)).id();

    assertThat(clients.await(second, JobState.DISCARDED).metadata()).contains("cairn:set_apart");
  }
}
