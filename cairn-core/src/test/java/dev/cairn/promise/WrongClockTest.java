package dev.cairn.promise;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.JobKind;
import dev.cairn.JobRow;
import dev.cairn.JobState;
import dev.cairn.TestClients;
import dev.cairn.TestDatabase;
import dev.cairn.internal.postgres.PostgresStores;
import dev.cairn.internal.store.LeaderStore;
import dev.cairn.resumable.Steps;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Rows that a server has written whose clock was ahead, or that were restored to another time. */
class WrongClockTest {
  @RegisterExtension static final TestDatabase database = new TestDatabase();
  @RegisterExtension final TestClients clients = new TestClients(database);

  @JobKind("counting")
  record Counting(int to) {}

  /** Seen before: nothing could be saved over it, and the job was handed back for ever. */
  @Test
  void aJobGoesOnFromACheckpointThatWasMadeLaterThanItsClaim() {
    long id = clients.inserter().insert(new Counting(8)).id();
    database.execute(
        """
        INSERT INTO cairn_checkpoint (job_id, name, position, finished, value, claimed_at, sequence)
        VALUES (?, 'first', 1, true, NULL, now() + interval '1 day', 90),
          (?, 'count', 2, false, '5', now() + interval '1 day', 100)
        """,
        id,
        id);
    // An attempt was interrupted.
    database.execute(
        "UPDATE river_job SET attempted_at = now(), attempted_by = '{earlier}' WHERE id = ?", id);
    List<Integer> counted = new ArrayList<>();
    clients.start(
        Counting.class,
        (job, context) -> {
          Steps steps = Steps.of(context);
          steps.step("first", () -> counted.add(0));
          steps.cursor(
              "count",
              Integer.class,
              0,
              cursor -> {
                while (cursor.get() < job.args().to()) {
                  counted.add(cursor.get() + 1);
                  cursor.checkpoint(cursor.get() + 1);
                }
              });
          steps.stepTx("last", connection -> counted.add(100));
        });

    JobRow job = clients.await(id, JobState.COMPLETED);

    assertThat(job.attempt()).isEqualTo(1);
    assertThat(job.metadata()).doesNotContain("cairn:interruptions");
    assertThat(counted).containsExactly(6, 7, 8, 100);
  }

  /** Seen before: nobody was elected until that time had come. */
  @Test
  void aTermThatEndsFarAheadKeepsNobodyFromLeading() {
    LeaderStore leaders = PostgresStores.of(database.dataSource(), database.schema()).leader();
    database.execute(
        """
        INSERT INTO river_leader (leader_id, elected_at, expires_at)
        VALUES ('dead', now() + interval '1 year', now() + interval '1 year')
        """);

    assertThat(leaders.elect("me", Duration.ofSeconds(15))).as("it may live").isEmpty();
    assertThat(
            database.number(
                "SELECT count(*) FROM river_leader WHERE expires_at < now() + interval '16 s'"))
        .isEqualTo(1);

    database.execute("UPDATE river_leader SET expires_at = now() - interval '1 s'");
    assertThat(leaders.elect("me", Duration.ofSeconds(15))).isPresent();
    assertThat(database.text("SELECT leader_id FROM river_leader")).isEqualTo("me");
    database.execute("DELETE FROM river_leader");
  }
}
