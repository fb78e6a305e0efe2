package dev.cairn.internal.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.cairn.CairnException;
import dev.cairn.InterceptedStatements;
import dev.cairn.TestDatabase;
import dev.cairn.internal.store.UpkeepStore;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.sql.DataSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * A signal that very many jobs wait for: none of them is left asleep, and none of it is at once.
 */
class SignalBatchesTest {
  @RegisterExtension static final TestDatabase server = new TestDatabase();

  private static final int AT_ONCE = PostgresWaitStore.WOKEN_AT_ONCE_MAX;
  private static final int JOBS = AT_ONCE * 5 / 2;
  private static final int TURNS_MAX = 20;
  private static final Duration BOUND = Duration.ofMinutes(1);

  private final Database database = new Database(server.dataSource(), server.schema());
  private final PostgresWaitStore waits = new PostgresWaitStore(database);
  private final PostgresUpkeepStore upkeep = new PostgresUpkeepStore(database);

  @BeforeEach
  void empty() {
    server.execute("TRUNCATE river_job, cairn_wait, cairn_signal RESTART IDENTITY");
    letWait(JOBS, "scheduled", "go");
  }

  private static void letWait(int count, String state, String signal) {
    server.execute(
        """
        WITH job AS (
          INSERT INTO river_job (kind, args, max_attempts, state, scheduled_at, finalized_at)
          SELECT 'noop', '{}', 25, ?::river_job_state, now() + interval '100 years',
            CASE WHEN ? = 'completed' THEN now() END
          FROM generate_series(1, ?)
          RETURNING id
        )
        INSERT INTO cairn_wait (job_id, step, signal) SELECT id, 'x', ? FROM job
        """,
        state,
        state,
        count,
        signal);
  }

  private static long jobs(String state) {
    return server.number("SELECT count(*) FROM river_job WHERE state = ?::river_job_state", state);
  }

  private void clean() {
    upkeep.cleanWaits(Long.MIN_VALUE, 10_000, 10_000);
    upkeep.cleanSignals("", 10_000);
  }

  private static long waitsLeft() {
    return server.number("SELECT count(*) FROM cairn_wait");
  }

  /** What each turn has woken until one finds nothing. */
  private List<Integer> turns(int limit) {
    var turns = new ArrayList<Integer>();
    for (int turn = 0; turn < TURNS_MAX; turn++) {
      turns.add(waits.wake(limit));
      if (turns.getLast() == 0) {
        return turns;
      }
    }
    throw new AssertionError("no end in sight: " + turns);
  }

  @Test
  void r24_aSignalWakesAThousandJobsAndTheLeaderTheOthers() {
    letWait(10, "scheduled", "another");
    assertThat(waits.signal("go", null)).isEqualTo(AT_ONCE);
    assertThat(jobs("available")).isEqualTo(AT_ONCE);

    assertThat(turns(600)).as("in batches").containsExactly(600, 600, 600, 600, 100, 0);

    assertThat(jobs("available")).isEqualTo(JOBS);
    assertThat(jobs("scheduled")).as("that wait for another signal").isEqualTo(10);
    assertThat(waitsLeft()).as("nothing is left to be done").isEqualTo(10);
    assertThat(waits.signal("another", null)).as("none is left to the leader").isEqualTo(10);
    assertThat(waitsLeft()).isEqualTo(10);
  }

  @Test
  void r24_severalLeadersAtOnceLeaveNobodyAsleep() throws Exception {
    waits.signal("go", null);
    try (var clients = Executors.newVirtualThreadPerTaskExecutor()) {
      var running = new ArrayList<Future<List<Integer>>>();
      for (int client = 0; client < 4; client++) {
        running.add(clients.submit(() -> turns(200)));
      }
      int woken = 0;
      for (Future<List<Integer>> each : running) {
        woken += each.get().stream().mapToInt(turn -> turn).sum();
      }
      assertThat(woken).as("some twice, where two meet").isGreaterThanOrEqualTo(JOBS);
    }
    waits.wake(200);
    assertThat(jobs("available")).isEqualTo(JOBS);
    assertThat(waitsLeft()).isZero();
  }

  @Test
  void r24_aSignalOfATransactionWakesNobodyBeforeItCommitsAndNobodyIfItDoesNot() throws Exception {
    try (Connection connection = server.dataSource().getConnection()) {
      connection.setAutoCommit(false);
      assertThat(waits.signal(connection, "go", null)).isEqualTo(AT_ONCE);
      assertThat(waits.wake(10_000)).isZero();
      connection.rollback();
      assertThat(waits.wake(10_000)).isZero();
      assertThat(jobs("scheduled")).isEqualTo(JOBS);
      assertThat(waitsLeft()).as("nothing was left to the leader").isEqualTo(JOBS);

      waits.signal(connection, "go", null);
      connection.commit();
    }
    assertThat(jobs("available")).isEqualTo(AT_ONCE);
    assertThat(turns(10_000)).containsExactly(JOBS, 0);
    assertThat(jobs("available")).isEqualTo(JOBS);
  }

  /** Seen before: the signal was stored, and nobody was left to wake those who waited for it. */
  @Test
  void r24_onAConnectionThatCommitsByItselfASignalIsSentAsAWholeOrNotAtAll() throws Exception {
    var fails = new AtomicBoolean(true);
    DataSource intercepted =
        InterceptedStatements.of(
            server.dataSource(),
            (purpose, call) -> {
              if (purpose.equals("wake the jobs that wait for a signal") && fails.get()) {
                throw new SQLException("refused by a trigger", "P0001");
              }
              return call.proceed();
            });
    try (Connection connection = intercepted.getConnection()) {
      assertThatThrownBy(() -> waits.signal(connection, "go", null))
          .isInstanceOf(CairnException.class);
      assertThat(server.number("SELECT count(*) FROM cairn_signal")).isZero();
      assertThat(connection.getAutoCommit()).isTrue();
      fails.set(false);

      assertThat(waits.signal(connection, "go", null)).isEqualTo(AT_ONCE);
      assertThat(connection.getAutoCommit()).isTrue();
    }
    assertThat(jobs("available")).isEqualTo(AT_ONCE);
  }

  private static List<String> versions() {
    return server.query("SELECT id || ' ' || xmin AS version FROM river_job ORDER BY id").stream()
        .map(row -> String.valueOf(row.get("version")))
        .toList();
  }

  /** Each repetition locked and wrote a thousand jobs that had a backlog before them. */
  @Test
  void r24_aSignalGivenAgainLeavesAloneWhomItHasWoken() {
    server.execute("TRUNCATE river_job, cairn_wait RESTART IDENTITY");
    letWait(20, "scheduled", "go");
    letWait(20, "running", "go");
    server.execute(
        "UPDATE river_job SET unique_key = 'k', unique_states = B'00000001' WHERE id = 1");
    assertThat(waits.signal("go", "1")).isEqualTo(40);
    List<String> woken = versions();

    assertThat(waits.signal("go", "2")).isZero();

    assertThat(versions()).isEqualTo(woken);
    assertThat(server.text("SELECT payload::text FROM cairn_signal")).isEqualTo("2");
    server.execute(
        "UPDATE river_job SET state = 'scheduled', scheduled_at = now() + interval '1 day', metadata = '{}'");
    assertThat(waits.signal("go", "3")).as("they sleep again").isEqualTo(40);
  }

  /** A signal that is sent often read all waits of its name each time, and nobody deleted them. */
  @Test
  void r24_manyWaitsThatAreNotToBeWokenAreLeftToTheLeader() {
    server.execute("TRUNCATE river_job, cairn_wait RESTART IDENTITY");
    letWait(10 * AT_ONCE, "pending", "go");
    letWait(5, "scheduled", "go");

    assertThat(waits.signal("go", "1")).isLessThanOrEqualTo(5);

    assertThat(server.number("SELECT count(*) FROM cairn_wait WHERE job_id = 0")).isEqualTo(1);
    turns(10_000);
    assertThat(waitsLeft()).isZero();
    assertThat(jobs("available")).isEqualTo(5);
    assertThat(jobs("pending")).as("paused").isEqualTo(10 * AT_ONCE);
  }

  @Test
  void r24_oldSignalsAreDeletedInStretchesAndNoOthers() {
    server.execute("TRUNCATE river_job, cairn_wait RESTART IDENTITY");
    server.execute(
        """
        INSERT INTO cairn_signal (name, touched_at)
        SELECT 's' || to_char(n, 'FM0000'),
          now() - CASE WHEN n % 2 = 0 THEN interval '8 days' ELSE interval '6 days' END
        FROM generate_series(1, 1000) AS n
        """);
    server.execute("INSERT INTO cairn_wait (job_id, step, signal) VALUES (7, 'x', 's0002')");
    String after = "";
    int looked = 0;
    int deleted = 0;
    for (int turn = 0; turn < 4; turn++) {
      UpkeepStore.PassedSignals passed = upkeep.cleanSignals(after, 300);
      looked += passed.looked();
      deleted += passed.deleted();
      after = passed.last();
    }

    assertThat(looked).isEqualTo(1_000);
    assertThat(deleted).as("all old ones but the awaited one").isEqualTo(499);
    assertThat(upkeep.cleanSignals(after, 300)).isEqualTo(new UpkeepStore.PassedSignals(0, 0, ""));
    assertThat(server.number("SELECT count(*) FROM cairn_signal")).isEqualTo(501);
  }

  @Test
  void r24_waitsOfJobsThatHaveEndedAreDeletedInStretchesAndNoOthers() {
    server.execute("TRUNCATE river_job, cairn_wait RESTART IDENTITY");
    letWait(10, "scheduled", "go");
    letWait(10, "completed", "go");
    server.execute(
        "INSERT INTO cairn_wait (job_id, step, signal) VALUES (0, 'go', 'go'), (-5, 'x', 'go')");

    UpkeepStore.Passed first = upkeep.cleanWaits(Long.MIN_VALUE, 15, 100);
    UpkeepStore.Passed second = upkeep.cleanWaits(first.last(), 15, 100);

    assertThat(first).isEqualTo(new UpkeepStore.Passed(15, 4, 4, 13));
    assertThat(second).isEqualTo(new UpkeepStore.Passed(7, 7, 7, 20));
    assertThat(waitsLeft()).as("of those that sleep, and of the leader").isEqualTo(11);
  }

  /** One job with thousands of rows does not make most of the jobs ones that are gone. */
  @Test
  void jobsThatAreGoneAreCountedAndNotOnlyTheirRows() {
    server.execute("TRUNCATE cairn_checkpoint");
    server.execute(
        """
        INSERT INTO cairn_checkpoint (job_id, name, finished, claimed_at, sequence)
        SELECT job, 'step' || step, false, now(), 1
        FROM unnest(ARRAY[-5, 1, 2]) AS job, generate_series(1, 30) AS step
        """);

    assertThat(upkeep.cleanCheckpoints(Long.MIN_VALUE, 15, 20))
        .isEqualTo(new UpkeepStore.Passed(3, 1, 20, 2));
    assertThat(upkeep.cleanCheckpoints(Long.MIN_VALUE, 15, 20))
        .isEqualTo(new UpkeepStore.Passed(3, 1, 10, 2));
    assertThat(upkeep.cleanCheckpoints(Long.MIN_VALUE, 15, 20))
        .isEqualTo(new UpkeepStore.Passed(2, 0, 0, 2));
  }

  /** Each batch read all waits of jobs that had been woken and not worked yet. */
  @Test
  void r24_jobsThatWaitForAJobAreWokenInBatchesThatLeaveNothingToTheNext() {
    server.execute("UPDATE cairn_wait SET signal = NULL, awaited_job = -1");

    assertThat(waits.wake(1_000)).isEqualTo(1_000);
    assertThat(waitsLeft()).isEqualTo(JOBS - 1_000);
    assertThat(turns(1_000)).containsExactly(1_000, 500, 0);

    assertThat(jobs("available")).isEqualTo(JOBS);
    assertThat(waitsLeft()).isZero();
  }

  /** While a user's transaction holds more jobs than the leader takes at once. */
  @Test
  void r24_jobsThatSomebodyHoldsDoNotStandBeforeTheOthersAndAreWokenLater() throws Exception {
    waits.signal("go", null);
    try (Connection holder = server.dataSource().getConnection()) {
      holder.setAutoCommit(false);
      try (var statement = holder.createStatement()) {
        statement.execute("SELECT FROM river_job WHERE state = 'scheduled' LIMIT 700 FOR UPDATE");
      }
      assertThat(turns(100).stream().mapToInt(turn -> turn).sum()).isEqualTo(JOBS - 700);
      assertThat(jobs("scheduled")).isEqualTo(700);
      holder.rollback();
    }
    assertThat(turns(1_000)).containsExactly(700, 0);
    assertThat(jobs("scheduled")).isZero();
    assertThat(waitsLeft()).isZero();
  }

  @Test
  void r24_aSignalGivenAgainMeanwhileLeavesNobodyAsleep() throws Exception {
    waits.signal("go", "1");
    assertThat(waits.wake(300)).isEqualTo(300);
    assertThat(waits.signal("go", "2")).isEqualTo(AT_ONCE);
    try (Connection connection = server.dataSource().getConnection()) {
      connection.setAutoCommit(false);
      waits.signal(connection, "go", "3");
      waits.wake(10_000);
      connection.rollback();
    }
    turns(500);

    assertThat(jobs("available")).isEqualTo(JOBS);
    assertThat(waitsLeft()).isZero();
    assertThat(server.text("SELECT payload::text FROM cairn_signal")).isEqualTo("2");
  }

  @Test
  void r24_cleaningKeepsASignalAndWhatItHasLeftToTheLeader() {
    waits.signal("go", "1");
    server.execute("DELETE FROM cairn_wait WHERE job_id > ?", AT_ONCE);
    server.execute("UPDATE cairn_signal SET touched_at = now() - interval '1 year'");
    clean();
    assertThat(server.number("SELECT count(*) FROM cairn_signal")).isEqualTo(1);
    assertThat(server.number("SELECT count(*) FROM cairn_wait WHERE job_id = 0")).isEqualTo(1);

    turns(10_000);
    clean();
    assertThat(server.number("SELECT count(*) FROM cairn_signal")).isZero();
    assertThat(waitsLeft()).isZero();
  }

  @Test
  void r24_whoeverRunsIsToldAndWhoeverHasEndedOrFailedIsLeftAlone() {
    server.execute("TRUNCATE river_job, cairn_wait RESTART IDENTITY");
    letWait(AT_ONCE, "scheduled", "go");
    waits.signal("go", null);
    for (String state : List.of("running", "completed", "retryable", "pending")) {
      letWait(5, state, "go");
    }
    server.execute("INSERT INTO cairn_wait (job_id, step, signal) VALUES (1000000, 'x', 'go')");

    assertThat(turns(10_000)).containsExactly(AT_ONCE + 20, 0);

    for (String state : List.of("running", "completed", "retryable", "pending")) {
      assertThat(jobs(state)).as(state).isEqualTo(5);
    }
    assertThat(
            server.query(
                "SELECT DISTINCT state::text AS state FROM river_job WHERE metadata <> '{}'"))
        .as("told that it need not sleep")
        .singleElement()
        .satisfies(row -> assertThat(row.get("state")).isEqualTo("running"));
    assertThat(
            server.number(
                "SELECT count(*) FROM river_job WHERE state = 'pending' AND scheduled_at <= now()"))
        .as("paused jobs that run when somebody resumes them")
        .isEqualTo(5);
    assertThat(waitsLeft()).as("of a job that is gone, and of the leader").isEqualTo(2);
    clean();
    assertThat(waits.wake(10_000)).isZero();
    assertThat(waitsLeft()).isZero();
  }

  /** The job that begins to wait comes before the signal or behind it, and never between. */
  @Test
  void r24_aTransactionThatGivesTheSignalIsWaitedForByWhoeverGivesItToo() throws Exception {
    try (Connection connection = server.dataSource().getConnection();
        var background = Executors.newVirtualThreadPerTaskExecutor()) {
      connection.setAutoCommit(false);
      waits.signal(connection, "go", "1");
      Future<Integer> second = background.submit(() -> waits.signal("go", "2"));
      await()
          .atMost(BOUND)
          .until(() ->
              server.number("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
                  > 0);
      connection.commit();
      assertThat(second.get(BOUND.toSeconds(), TimeUnit.SECONDS)).isEqualTo(AT_ONCE);
    }
    turns(10_000);
    assertThat(jobs("available")).isEqualTo(JOBS);
    assertThat(waitsLeft()).isZero();
  }
}
