package dev.cairn.internal.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.cairn.TestDatabase;
import dev.cairn.TestLogs;
import dev.cairn.internal.store.Claim;
import dev.cairn.internal.store.NewJob;
import dev.cairn.internal.store.UniqueKey;
import dev.cairn.internal.store.UpkeepStore.StuckJob;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/*
 * A job waits for its retry in a state in which its unique key does not count. Meanwhile a user's
 * transaction inserts a job with the same key and stays open: whether the first one may become
 * available depends on how that transaction ends.
 */
class ScheduleLocksTest {
  @RegisterExtension static final TestDatabase server = new TestDatabase();

  /** All states but retryable, cancelled and discarded. */
  private static final String NOT_RETRYABLE = "11010101";

  private static final Duration BOUND = Duration.ofMinutes(1);

  private final Database database = new Database(server.dataSource(), server.schema());
  private final PostgresUpkeepStore upkeep = new PostgresUpkeepStore(database);
  private final PostgresJobStore jobs = new PostgresJobStore(database);
  private final PostgresJobListStore lists = new PostgresJobListStore(database);
  private final ExecutorService background = Executors.newVirtualThreadPerTaskExecutor();

  @BeforeEach
  void empty() {
    server.execute("TRUNCATE river_job RESTART IDENTITY");
  }

  @AfterEach
  void stop() {
    background.shutdownNow();
  }

  /** Due jobs that wait to be tried again, with the keys from 1 on. */
  private static void retryable(int count) {
    server.execute(
        """
        INSERT INTO river_job
          (kind, args, max_attempts, state, scheduled_at, unique_key, unique_states)
        SELECT 'noop', '{}', 25, 'retryable', now() - interval '1 minute',
          decode(lpad(key::text, 64, '0'), 'hex'), ?::bit(8)
        FROM generate_series(1, ?) AS key
        """,
        NOT_RETRYABLE,
        count);
  }

  private static void scheduled(int count) {
    server.execute(
        """
        INSERT INTO river_job (kind, args, max_attempts, state, scheduled_at)
        SELECT 'noop', '{}', 25, 'scheduled', now() - interval '1 minute' FROM generate_series(1, ?)
        """,
        count);
  }

  private static NewJob withKey(int key) {
    return new NewJob(
        "noop",
        "{}",
        "{}",
        25,
        1,
        "default",
        null,
        false,
        List.of(),
        new UniqueKey("%064d".formatted(key), NOT_RETRYABLE));
  }

  private Connection inserting(IntStream keys) throws SQLException {
    Connection open = server.dataSource().getConnection();
    open.setAutoCommit(false);
    jobs.insert(open, keys.mapToObj(ScheduleLocksTest::withKey).toList());
    return open;
  }

  private <T> T bounded(Callable<T> work) throws Exception {
    try {
      return background.submit(work).get(BOUND.toSeconds(), TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof Exception cause ? cause : e;
    }
  }

  private int schedule() throws Exception {
    return bounded(() -> upkeep.schedule(10_000));
  }

  private static long count(String state) {
    return server.number("SELECT count(*) FROM river_job WHERE state = ?::river_job_state", state);
  }

  @Test
  void l3_aKeyThatSomebodyIsInsertingHoldsUpNoOtherJob() throws Exception {
    retryable(2);
    scheduled(1_000);
    try (Connection open = inserting(IntStream.of(1))) {
      assertThat(schedule()).isEqualTo(1_001);
      assertThat(count("available")).isEqualTo(1_001);
      open.rollback();
    }
    assertThat(schedule()).isEqualTo(1);
    assertThat(count("available")).isEqualTo(1_002);
  }

  /** As a trigger of an application refuses a row: its SQLSTATE says nothing about values. */
  @Test
  void norDoesAJobWithAKeyThatATriggerRefuses() throws Exception {
    retryable(5);
    server.execute(
        """
        CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'no'; END $$
        """);
    server.execute(
        """
        CREATE TRIGGER refuse BEFORE UPDATE ON river_job
        FOR EACH ROW WHEN (OLD.id = 3) EXECUTE FUNCTION refuse()
        """);
    try {
      assertThat(schedule()).isEqualTo(4);

      assertThat(count("available")).isEqualTo(4);
      assertThat(TestLogs.warnings("Could not schedule 1 jobs, for example job 3")).hasSize(1);
    } finally {
      server.execute("DROP TRIGGER refuse ON river_job");
      server.execute("DROP FUNCTION refuse");
      TestLogs.forget();
    }
  }

  @Test
  void l3_aJobWhoseKeyIsTakenWhenTheTransactionCommitsIsDiscarded() throws Exception {
    retryable(1);
    try (Connection open = inserting(IntStream.of(1))) {
      assertThat(schedule()).isZero();
      assertThat(count("retryable")).isEqualTo(1);
      open.commit();
    }
    assertThat(schedule()).isEqualTo(1);
    assertThat(
            server.text(
                "SELECT metadata ->> 'unique_key_conflict' FROM river_job WHERE state = 'discarded'"))
        .isEqualTo("scheduler_discarded");
  }

  @Test
  void l3_manyKeysThatSomebodyIsInsertingHoldUpTheOthersForAFewTurns() throws Exception {
    retryable(60);
    try (Connection open = inserting(IntStream.rangeClosed(1, 6).map(each -> each * 10))) {
      for (int turn = 0; turn < 20 && count("available") < 54; turn++) {
        schedule();
      }
      assertThat(count("available")).isEqualTo(54);
      assertThat(schedule()).isZero();
      open.rollback();
    }
    schedule();
    assertThat(count("available")).isEqualTo(60);
  }

  @Test
  void ofTwoJobsWithOneKeyTheMoreUrgentOneIsScheduled() throws Exception {
    retryable(1);
    retryable(1);
    server.execute("UPDATE river_job SET priority = 2 WHERE id = 1");

    assertThat(schedule()).isEqualTo(2);

    assertThat(server.text("SELECT state FROM river_job WHERE id = 1")).isEqualTo("discarded");
    assertThat(server.text("SELECT state FROM river_job WHERE id = 2")).isEqualTo("available");
  }

  /** Seen before: it could not be discarded, and was tried again every five seconds for days. */
  @Test
  void aDuplicateWhoseKeyCountsWhileItIsDiscardedGivesTheKeyUp() throws Exception {
    retryable(2);
    retryable(2);
    server.execute("UPDATE river_job SET unique_states = B'11011101'");
    server.execute("UPDATE river_job SET state = 'available' WHERE id = 1");

    assertThat(schedule()).isEqualTo(3);

    assertThat(server.text("SELECT string_agg(state::text, ' ' ORDER BY id) FROM river_job"))
        .as("one key was taken, and of the jobs with the other one the first has it")
        .isEqualTo("available available discarded discarded");
    assertThat(server.number("SELECT count(*) FROM river_job WHERE unique_key IS NULL"))
        .isEqualTo(2);
  }

  /** Seen before: with many stuck jobs, this one was tried again. */
  @Test
  void aStuckJobThatIsCancelledAfterItWasFoundIsCancelled() {
    retryable(1);
    server.execute(
        """
        UPDATE river_job SET state = 'running', attempt = 1, attempted_at = '2026-01-01',
          attempted_by = '{go}'
        """);
    StuckJob stuck = upkeep.findStuck(Duration.ofHours(1), Set.of(), Set.of(), 10).getFirst();
    lists.cancel(1);

    assertThat(upkeep.rescue(stuck, Duration.ZERO)).isTrue();

    assertThat(
            server.text("SELECT state || ' ' || (finalized_at IS NOT NULL)::text FROM river_job"))
        .isEqualTo("cancelled true");
  }

  /** No client inserts such a job, but others can. */
  @Test
  void aStuckJobWhoseKeyIsTakenEndsWithoutIt() {
    retryable(2);
    server.execute(
        """
        UPDATE river_job SET state = 'running', attempt = 25, attempted_at = '2026-01-01',
          attempted_by = '{go}', unique_states = B'00001000', unique_key = 'k'
        WHERE id = 1
        """);
    server.execute("UPDATE river_job SET state = 'available', unique_key = 'k' WHERE id = 2");
    StuckJob stuck = upkeep.findStuck(Duration.ofHours(1), Set.of(), Set.of(), 10).getFirst();

    assertThat(upkeep.rescue(stuck, Duration.ZERO)).isTrue();

    assertThat(server.text("SELECT state FROM river_job WHERE id = 1")).isEqualTo("discarded");
  }

  /* It leaves the states in which the key counts, and so needs nobody's leave. */
  @Test
  void l3_aRescueNeverWaitsForAKey() throws Exception {
    retryable(1);
    server.execute(
        """
        UPDATE river_job SET state = 'running', attempt = 1, attempted_at = '2026-01-01',
          attempted_by = '{go}'
        """);
    Instant claimed =
        Instant.parse(
            server.text(
                """
                SELECT to_char(attempted_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
                FROM river_job
                """));
    var stuck = new StuckJob(new Claim(1, claimed, "go"), "noop", 1, 25, 0);
    try (Connection open = inserting(IntStream.of(1))) {
      assertThat(bounded(() -> upkeep.rescue(stuck, Duration.ZERO)))
          .as("the duplicate holds a lock on the job")
          .isFalse();
      open.rollback();
    }
    assertThat(bounded(() -> upkeep.rescue(stuck, Duration.ZERO))).isTrue();
  }

  /* Its answer depends on how the transaction ends, as that of an insertion does. */
  @Test
  void aRetryByHandWaitsForTheKeyAndHoldsUpNobodyElse() throws Exception {
    retryable(1);
    scheduled(10);
    try (Connection open = inserting(IntStream.of(1))) {
      var retry = background.submit(() -> lists.retry(1));
      await()
          .atMost(BOUND)
          .until(() -> server.number("SELECT count(*) FROM pg_locks WHERE NOT granted") > 0);
      assertThat(schedule()).isEqualTo(10);
      open.commit();
      assertThatThrownBy(() -> retry.get(BOUND.toSeconds(), TimeUnit.SECONDS))
          .hasCauseInstanceOf(IllegalStateException.class)
          .hasMessageContaining("holds its unique key");
    }
  }
}
