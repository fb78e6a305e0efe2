package dev.cairn.internal.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.TestDatabase;
import dev.cairn.internal.store.AttemptTimes;
import dev.cairn.internal.store.CheckpointStore.ClaimWrites;
import dev.cairn.internal.store.CheckpointWrite;
import dev.cairn.internal.store.Claim;
import dev.cairn.internal.store.ClaimRange;
import dev.cairn.internal.store.ClaimScope;
import dev.cairn.internal.store.ClaimStatus.Standing;
import dev.cairn.internal.store.ClaimedJob;
import dev.cairn.internal.store.FencedClaim;
import dev.cairn.internal.store.FinishedAttempt;
import dev.cairn.internal.store.NewJob;
import dev.cairn.internal.store.Outcome;
import dev.cairn.internal.store.UniqueKey;
import dev.cairn.spi.Checkpoint;
import dev.cairn.spi.Checkpoint.Progress;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.BiFunction;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/*
 * A queue is nearly empty for days, its statements have been planned for that, and then somebody
 * inserts a great many jobs. Statements that read the whole table for the jobs at hand are found by
 * the server's own count of rows read in sequential scans.
 */
class PlansTest {
  @RegisterExtension static final TestDatabase server = new TestDatabase();

  private static final String CLIENT = "client";
  private static final ClaimScope SCOPE = new ClaimScope("default", CLIENT, Set.of());
  private static final int JOBS = 20_000;
  private static final int BATCH = 20;

  /** So many that the server may find it cheaper to read all of a table of the test's size. */
  private static final int MANY = 2_000;

  /** After ten executions, at the latest, the driver and the server have settled on a plan. */
  private static final int ROUNDS = 12;

  @RegisterExtension final OneConnection connection = new OneConnection(server);

  private final PostgresJobStore jobs = new PostgresJobStore(connection.database());
  private final PostgresCheckpointStore checkpoints =
      new PostgresCheckpointStore(connection.database());

  private final Map<String, Work> statements = new LinkedHashMap<>();

  PlansTest() {
    statements.put("claim", claims -> claim(1));
    statements.put("claim many", claims -> claim(MANY));
    statements.put("claim one", claims -> claims.forEach(each -> jobs.claim(each.jobId(), SCOPE)));
    statements.put(
        "claim one now", claims -> claims.forEach(each -> jobs.claimNow(each.jobId(), CLIENT)));
    statements.put("inspect", claims -> jobs.inspect(CLIENT, fenced(claims)));
    statements.put("load checkpoints", claims -> checkpoints.load(claims.getFirst()));
    statements.put("write checkpoints", claims -> checkpoints.write(CLIENT, writes(claims)));
    statements.put("renew", claims -> jobs.renew(CLIENT, claims, Duration.ZERO));
    statements.put("complete", claims -> finish(claims, new Outcome.Completed(), false));
    statements.put(
        "claim and complete many", claims -> finish(claim(MANY), new Outcome.Completed(), false));
    statements.put("complete with steps", claims -> finish(claims, new Outcome.Completed(), true));
    statements.put("insert unique jobs", claims -> jobs.insert(List.of(unique(), unique())));
    Outcome snoozed = new Outcome.Snoozed(Duration.ofHours(1));
    statements.put("finish", claims -> finish(claims, snoozed, true));
    statements.put(
        "complete in a transaction",
        claims ->
            inTransaction(
                claims, (own, claim) -> held(jobs.completeTx(own, FencedClaim.of(claim), null))));
    statements.put(
        "checkpoint in a transaction",
        claims ->
            inTransaction(
                claims,
                (own, claim) ->
                    held(
                        checkpoints
                            .writeTx(own, FencedClaim.of(claim), write(), null, true)
                            .standing())));
  }

  @FunctionalInterface
  private interface Work {
    void on(List<Claim> claims) throws SQLException;
  }

  @Tag("thorough")
  @ParameterizedTest
  @ValueSource(ints = {0, 20, 300})
  void aPlanMadeForASmallTableIsNotKeptForALargeOne(int finished) throws SQLException {
    vacuumedWith(finished);
    settleOnPlans();
    insert(JOBS);
    assertNoStatementReadsAll();
  }

  @Tag("thorough")
  @Test
  void aPlanMadeAfterTheTableHasShrunkIsNotKeptEither() throws SQLException {
    vacuumedWith(0);
    insert(JOBS);
    settleOnPlans();
    vacuumedWith(20);
    settleOnPlans();
    insert(JOBS);
    assertNoStatementReadsAll();
  }

  /* The server then expects a claim to find thousands of jobs, and a join with the table to pay. */
  @Tag("thorough")
  @Test
  void statisticsOfAFullQueueAreNoReasonToReadAllOfALargeOne() throws SQLException {
    vacuumedWith(0);
    insert(JOBS / 10);
    server.execute("VACUUM ANALYZE river_job");
    settleOnPlans();
    insert(JOBS);
    assertNoStatementReadsAll();
  }

  /* PostgreSQL 14 to 17 then take state = 'running' for a reason to go by the index of claims. */
  @Test
  void g1_statisticsOfAQueueInWhichNothingRunsAreNoReasonToReadAllThatRunsNow()
      throws SQLException {
    vacuumedWith(JOBS);
    insert(MANY + BATCH * statements.size());
    assertThat(claim(MANY)).hasSize(MANY);
    for (var statement : statements.entrySet()) {
      if (statement.getKey().contains("many") || statement.getKey().equals("claim")) {
        // Those look for jobs, and not for the jobs of claims.
        continue;
      }
      List<Claim> claims = claim(BATCH);
      long before = connection.entriesRead();
      statement.getValue().on(claims);
      assertThat(connection.entriesRead() - before).as(statement.getKey()).isLessThan(MANY);
    }
  }

  private void settleOnPlans() throws SQLException {
    for (int round = 0; round < ROUNDS; round++) {
      for (Work statement : statements.values()) {
        insert(1);
        statement.on(claim(1));
      }
    }
  }

  private void assertNoStatementReadsAll() throws SQLException {
    // Brings the news that the table has grown.
    claim(1);
    for (var statement : statements.entrySet()) {
      List<Claim> claims = claim(BATCH);
      long before = connection.rowsScanned();
      statement.getValue().on(claims);
      assertThat(connection.rowsScanned() - before).as(statement.getKey()).isLessThan(JOBS);
    }
  }

  private static void vacuumedWith(int finished) {
    server.execute("TRUNCATE river_job, cairn_checkpoint");
    server.execute("ALTER TABLE river_job SET (autovacuum_enabled = off)");
    server.execute("ALTER TABLE cairn_checkpoint SET (autovacuum_enabled = off)");
    server.execute(
        """
        INSERT INTO river_job (kind, args, max_attempts, state, finalized_at)
        SELECT 'noop', '{}', 25, 'completed', now() FROM generate_series(1, ?)
        """,
        finished);
    server.execute("VACUUM ANALYZE river_job");
    server.execute("VACUUM ANALYZE cairn_checkpoint");
    server.execute(
        "INSERT INTO cairn_client (id, timeout) VALUES (?, '1 day') ON CONFLICT DO NOTHING",
        CLIENT);
  }

  private static void insert(int count) {
    server.execute(
        """
        WITH job AS (
          INSERT INTO river_job (kind, args, max_attempts)
          SELECT 'noop', '{}', 25 FROM generate_series(1, ?)
          RETURNING id
        )
        INSERT INTO cairn_checkpoint (job_id, name, finished, claimed_at, sequence, attempt)
        SELECT id, name, true, now(), 0, 1 FROM job, unnest('{first,second}'::text[]) AS name
        """,
        count);
  }

  private List<Claim> claim(int limit) {
    return jobs.claim(SCOPE, ClaimRange.ALL, limit).stream().map(ClaimedJob::claim).toList();
  }

  private void finish(List<Claim> claims, Outcome outcome, boolean resumable) {
    var times = new AttemptTimes(Duration.ZERO, Duration.ZERO, System.nanoTime());
    var attempts =
        claims.stream()
            .map(each ->
                new FinishedAttempt(
                    FencedClaim.of(each), 1, outcome, null, resumable, List.of(), times))
            .toList();
    assertThat(jobs.finish(CLIENT, attempts)).hasSameSizeAs(claims);
  }

  private static NewJob unique() {
    String key = UUID.randomUUID().toString().replace("-", "");
    return new NewJob(
        "noop", "{}", "{}", 25, 1, "other", null, false, List.of(), new UniqueKey(key, "11110101"));
  }

  private static List<FencedClaim> fenced(List<Claim> claims) {
    return claims.stream().map(FencedClaim::of).toList();
  }

  private static boolean held(Standing standing) {
    return standing == Standing.HELD;
  }

  private static List<ClaimWrites> writes(List<Claim> claims) {
    return claims.stream()
        .map(claim -> new ClaimWrites(FencedClaim.of(claim), List.of(write())))
        .toList();
  }

  private static CheckpointWrite write() {
    var checkpoint =
        new Checkpoint("third", 3, true, null, new Progress(Duration.ZERO, null, null));
    return new CheckpointWrite(checkpoint, 1, false);
  }

  private void inTransaction(List<Claim> claims, BiFunction<Connection, Claim, Boolean> work)
      throws SQLException {
    try (Connection own = connection.take()) {
      own.setAutoCommit(false);
      for (Claim claim : claims) {
        assertThat(work.apply(own, claim)).isTrue();
      }
      own.commit();
    }
  }
}
