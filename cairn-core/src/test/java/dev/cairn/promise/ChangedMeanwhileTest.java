package dev.cairn.promise;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cairn.JobKind;
import dev.cairn.TestClients;
import dev.cairn.TestDatabase;
import dev.cairn.internal.postgres.PostgresStores;
import dev.cairn.internal.store.AttemptTimes;
import dev.cairn.internal.store.CheckpointStore.ClaimWrites;
import dev.cairn.internal.store.CheckpointWrite;
import dev.cairn.internal.store.Claim;
import dev.cairn.internal.store.ClaimScope;
import dev.cairn.internal.store.FencedClaim;
import dev.cairn.internal.store.FencedClaim.Follow;
import dev.cairn.internal.store.FinishedAttempt;
import dev.cairn.internal.store.Outcome;
import dev.cairn.internal.store.Stores;
import dev.cairn.spi.Checkpoint;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * A row changes between the moment from which a statement sees the database and the moment in which
 * it locks the row. The statement waits in between, in a view that it reads.
 */
class ChangedMeanwhileTest {
  @RegisterExtension static final TestDatabase database = new TestDatabase();
  @RegisterExtension final TestClients clients = new TestClients(database);

  private static final String CLIENT = "one_client";
  private static final ClaimScope SCOPE = new ClaimScope("default", CLIENT, Set.of());

  private final Stores stores = PostgresStores.of(database.dataSource(), database.schema());

  @JobKind("changed")
  record Changed(String name) {}

  private static void makeQuarantineWait() {
    database.execute("ALTER TABLE cairn_quarantine RENAME TO quarantined");
    database.execute(
        """
        CREATE FUNCTION wait_here() RETURNS SETOF quarantined LANGUAGE plpgsql AS $$
        BEGIN PERFORM pg_advisory_xact_lock(7); RETURN; END $$
        """);
    database.execute(
        """
        CREATE VIEW cairn_quarantine AS
        SELECT * FROM quarantined UNION ALL SELECT * FROM wait_here()
        """);
  }

  private static void letQuarantineGo() {
    database.execute("DROP VIEW cairn_quarantine");
    database.execute("DROP FUNCTION wait_here");
    database.execute("ALTER TABLE quarantined RENAME TO cairn_quarantine");
  }

  @Test
  void aCompletionWhoseRowWasChangedIsWrittenAllTheSame() throws Exception {
    database.execute(
        "INSERT INTO cairn_client (id, timeout) VALUES (?, '1 day') ON CONFLICT DO NOTHING",
        CLIENT);
    long id = clients.inserter().insert(new Changed("x")).id();
    Claim claim = stores.jobs().claim(id, SCOPE).orElseThrow().claim();
    var checkpoint = new CheckpointWrite(new Checkpoint("load", 1, true, null), 1, false);
    stores
        .checkpoints()
        .write(CLIENT, List.of(new ClaimWrites(FencedClaim.of(claim), List.of(checkpoint))));
    var completion =
        new FinishedAttempt(
            new FencedClaim(claim, List.of(Follow.checkpoint("load", 1))),
            1,
            new Outcome.Completed(),
            null,
            true,
            List.of(),
            new AttemptTimes(Duration.ZERO, Duration.ZERO, System.nanoTime()));
    makeQuarantineWait();
    try (Connection lock = database.dataSource().getConnection()) {
      hold(lock, true);
      CompletableFuture<Collection<Claim>> written =
          CompletableFuture.supplyAsync(() -> stores.jobs().finish(CLIENT, List.of(completion)));
      await()
          .until(() ->
              database.number(
                      "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
                  == 1);
      database.execute(
          """
          UPDATE river_job SET metadata = metadata || '{"somebody": "else"}' WHERE id = ?
          """,
          id);
      hold(lock, false);

      assertThat(written.get()).containsExactly(claim);
    } finally {
      letQuarantineGo();
    }
    assertThat(database.text("SELECT state::text FROM river_job WHERE id = " + id))
        .isEqualTo("completed");
    assertThat(database.number("SELECT count(*) FROM cairn_checkpoint WHERE job_id = ?", id))
        .isZero();
  }

  private static void hold(Connection connection, boolean held) throws SQLException {
    try (var statement = connection.createStatement()) {
      statement.execute("SELECT pg_advisory_%s(7)".formatted(held ? "lock" : "unlock"));
    }
  }

  /** Without its row the jobs of a client that died long ago would be taken for stuck. */
  @Test
  void aClientThatDiedLongAgoIsKnownAsLongAsItHasJobs() {
    database.execute(
        """
        INSERT INTO cairn_client (id, heartbeat_at, timeout) VALUES
          ('friday', now() - interval '3 days', '30 seconds'),
          ('idle', now() - interval '3 days', '30 seconds')
        """);
    database.execute(
        """
        INSERT INTO river_job (kind, args, state, attempt, max_attempts, attempted_at, attempted_by)
        VALUES ('any', '{}', 'running', 1, 1, now() - interval '3 days', '{friday}')
        """);

    stores.upkeep().cleanClients();

    assertThat(database.query("SELECT id FROM cairn_client WHERE id IN ('friday', 'idle')"))
        .extracting(row -> row.get("id"))
        .containsExactly("friday");
  }
}
