package dev.cairn.internal.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.TestDatabase;
import dev.cairn.TestLogs;
import java.sql.Connection;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/*
 * Many jobs are woken at once, and one of them cannot be: another job has its unique key, which does
 * not count while it is scheduled, or a trigger refuses the change. Seen before: no job was woken
 * then, and whoever sent a signal got the failure.
 */
class WakeStatementsTest {
  @RegisterExtension static final TestDatabase server = new TestDatabase();

  /** For what the jobs wait. */
  enum Awaited {
    A_JOB,
    A_SIGNAL
  }

  private static final int HEALTHY = 20;

  /** The key counts while a job is available or runs. */
  private static final String NOT_SCHEDULED = "01000001";

  private static final Duration BOUND = Duration.ofMinutes(1);

  private final Database database = new Database(server.dataSource(), server.schema());
  private final PostgresWaitStore waits = new PostgresWaitStore(database);
  private final PostgresUpkeepStore upkeep = new PostgresUpkeepStore(database);
  private final ExecutorService background = Executors.newVirtualThreadPerTaskExecutor();

  @BeforeEach
  void empty() {
    server.execute("TRUNCATE river_job, cairn_wait, cairn_signal RESTART IDENTITY");
  }

  @AfterEach
  void stop() {
    background.shutdownNow();
    server.execute("DROP TRIGGER IF EXISTS refuse ON river_job");
    TestLogs.forget();
  }

  private static void letWait(Awaited awaited, String kind, int count, boolean keyed) {
    server.execute(
        """
        WITH job AS (
          INSERT INTO river_job
            (kind, args, max_attempts, state, scheduled_at, unique_key, unique_states)
          SELECT ?, '{}', 25, 'scheduled', now() + interval '100 years',
            CASE WHEN given.keyed THEN 'k'::bytea END, ?::bit(8)
          FROM (SELECT ?::boolean AS keyed) AS given, generate_series(1, ?)
          RETURNING id
        )
        INSERT INTO cairn_wait (job_id, step, signal, awaited_job)
        SELECT id, 'x', CASE WHEN ? THEN 'go' END, CASE WHEN NOT ? THEN -1 END FROM job
        """,
        kind,
        NOT_SCHEDULED,
        keyed,
        count,
        awaited == Awaited.A_SIGNAL,
        awaited == Awaited.A_SIGNAL);
  }

  private static void holdKey(Connection connection) throws Exception {
    try (var statement = connection.createStatement()) {
      statement.execute(
          """
          INSERT INTO river_job (kind, args, max_attempts, queue, unique_key, unique_states)
          VALUES ('holder', '{}', 25, 'nowhere', 'k', B'%s')
          """
              .formatted(NOT_SCHEDULED));
    }
  }

  private static void refuseTheOdd() {
    refuseTheOdd("RAISE EXCEPTION 'no' USING ERRCODE = 'check_violation'");
  }

  private static void refuseTheOdd(String statement) {
    server.execute(
        """
        CREATE OR REPLACE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN %s; END $$
        """
            .formatted(statement));
    server.execute(
        """
        CREATE TRIGGER refuse BEFORE UPDATE ON river_job
        FOR EACH ROW WHEN (OLD.kind = 'odd') EXECUTE FUNCTION refuse()
        """);
  }

  private static void refuseTheOddAnew(String statement) {
    server.execute("DROP TRIGGER refuse ON river_job");
    refuseTheOdd(statement);
  }

  private <T> T bounded(Callable<T> work) throws Exception {
    return background.submit(work).get(BOUND.toSeconds(), TimeUnit.SECONDS);
  }

  private void wake(Awaited awaited) throws Exception {
    if (awaited == Awaited.A_SIGNAL) {
      int ignored = bounded(() -> waits.signal("go", null));
    }
    int woken = bounded(() -> waits.wake(10_000));
    assertThat(woken).isLessThan(10_000);
  }

  private static long count(String kind, String state) {
    return server.number(
        "SELECT count(*) FROM river_job WHERE kind = ? AND state = ?::river_job_state",
        kind,
        state);
  }

  @ParameterizedTest
  @EnumSource
  void aJobWhoseKeyIsTakenIsDiscardedAndTheOthersAreWoken(Awaited awaited) throws Exception {
    letWait(awaited, "healthy", HEALTHY, false);
    letWait(awaited, "odd", 1, true);
    try (Connection connection = server.dataSource().getConnection()) {
      holdKey(connection);
    }

    wake(awaited);

    assertThat(count("healthy", "available")).isEqualTo(HEALTHY);
    upkeep.schedule(10_000);
    assertThat(count("odd", "discarded")).isEqualTo(1);
  }

  @ParameterizedTest
  @EnumSource
  void ofJobsWithOneKeyOneIsWoken(Awaited awaited) throws Exception {
    letWait(awaited, "odd", 3, true);

    wake(awaited);
    upkeep.schedule(10_000);

    assertThat(count("odd", "available")).isEqualTo(1);
    assertThat(count("odd", "discarded")).isEqualTo(2);
  }

  @ParameterizedTest
  @EnumSource
  void aKeyThatSomebodyIsInsertingHoldsUpNobody(Awaited awaited) throws Exception {
    letWait(awaited, "healthy", HEALTHY, false);
    letWait(awaited, "odd", 1, true);
    try (Connection open = server.dataSource().getConnection()) {
      open.setAutoCommit(false);
      holdKey(open);

      wake(awaited);

      assertThat(count("healthy", "available")).isEqualTo(HEALTHY);
      open.rollback();
    }
    upkeep.schedule(10_000);
    assertThat(count("odd", "available")).isEqualTo(1);
  }

  @ParameterizedTest
  @EnumSource
  void aRowThatIsRefusedStopsTheWakingOfNobodyElse(Awaited awaited) throws Exception {
    letWait(awaited, "healthy", HEALTHY, false);
    letWait(awaited, "odd", 3, false);
    letWait(awaited, "healthy", HEALTHY, false);
    refuseTheOdd();

    wake(awaited);

    assertThat(count("healthy", "available")).isEqualTo(2 * HEALTHY);
    assertThat(count("odd", "scheduled")).isEqualTo(3);
    assertThat(TestLogs.warnings("Could not wake job")).as("each is named").hasSize(3);
    waits.wake(10_000);
    assertThat(TestLogs.warnings("Could not wake job")).as("once").hasSize(3);
    server.execute("DROP TRIGGER refuse ON river_job");
    waits.wake(10_000);
    assertThat(count("odd", "available")).isEqualTo(3);
  }

  /** As a trigger of an application refuses a row: its SQLSTATE says nothing about values. */
  @ParameterizedTest
  @EnumSource
  void norDoesAnOrdinaryExceptionOfATrigger(Awaited awaited) throws Exception {
    letWait(awaited, "healthy", HEALTHY, false);
    letWait(awaited, "odd", 1, false);
    refuseTheOdd("RAISE EXCEPTION 'no'");

    wake(awaited);

    assertThat(count("healthy", "available")).isEqualTo(HEALTHY);
    assertThat(count("odd", "scheduled")).isEqualTo(1);
    assertThat(TestLogs.warnings("Could not wake job")).hasSize(1);
  }

  /** Such as one that wants a setting of the session, or writes to a table that was dropped. */
  @ParameterizedTest
  @EnumSource
  void norDoesATriggerThatMissesSomething(Awaited awaited) throws Exception {
    letWait(awaited, "healthy", HEALTHY, false);
    letWait(awaited, "odd", 1, false);
    refuseTheOdd("PERFORM FROM audit_that_was_dropped");

    wake(awaited);

    assertThat(count("healthy", "available")).isEqualTo(HEALTHY);
    letWait(awaited, "healthy", HEALTHY, false);
    refuseTheOddAnew("PERFORM current_setting('app.of_the_tenant')");
    wake(awaited);
    assertThat(count("healthy", "available")).isEqualTo(2 * HEALTHY);
    assertThat(count("odd", "scheduled")).isEqualTo(1);
    assertThat(TestLogs.warnings("Could not wake job")).hasSize(1);
  }

  /** Seen before: each turn began with the same refused jobs, and ended with them. */
  @ParameterizedTest
  @EnumSource
  void theJobsBehindManyRefusedOnesAreWoken(Awaited awaited) throws Exception {
    letWait(awaited, "odd", 300, false);
    letWait(awaited, "healthy", HEALTHY, false);
    refuseTheOdd();
    wake(awaited);

    for (int turn = 0; turn < 30 && count("healthy", "available") < HEALTHY; turn++) {
      waits.wake(100);
    }

    assertThat(count("healthy", "available")).isEqualTo(HEALTHY);
    assertThat(TestLogs.warnings("Could not wake job")).as("examples").hasSize(20);
    server.execute("DROP TRIGGER refuse ON river_job");
    for (int turn = 0; turn < 4; turn++) {
      waits.wake(100);
    }
    assertThat(count("odd", "available")).isEqualTo(300);
  }

  @ParameterizedTest
  @EnumSource
  void aJobThatIsNoLongerRefusedIsWokenThoughOthersAre(Awaited awaited) throws Exception {
    letWait(awaited, "odd", 2, false);
    refuseTheOdd();
    wake(awaited);
    server.execute("ALTER TABLE river_job DISABLE TRIGGER refuse");
    server.execute("UPDATE river_job SET kind = 'mended' WHERE id = 1");
    server.execute("ALTER TABLE river_job ENABLE TRIGGER refuse");

    for (int turn = 0; turn < 20; turn++) {
      waits.wake(100);
    }

    assertThat(count("mended", "available")).isEqualTo(1);
    assertThat(count("odd", "scheduled")).isEqualTo(1);
  }

  /** Seen before: of the two sorts of waits, every tenth turn was always of the same. */
  @Test
  void thatAlsoHoldsIfJobsOfBothSortsAreRefused() throws Exception {
    letWait(Awaited.A_JOB, "odd", 2, false);
    letWait(Awaited.A_SIGNAL, "odd", 2, false);
    refuseTheOdd();
    wake(Awaited.A_SIGNAL);
    server.execute("ALTER TABLE river_job DISABLE TRIGGER refuse");
    server.execute("UPDATE river_job SET kind = 'mended' WHERE id IN (1, 3)");
    server.execute("ALTER TABLE river_job ENABLE TRIGGER refuse");

    for (int turn = 0; turn < 10; turn++) {
      waits.wake(100);
    }

    assertThat(count("mended", "available")).isEqualTo(2);
    assertThat(count("odd", "scheduled")).isEqualTo(2);
  }

  /** Seen before: each turn looked at the same locked jobs. */
  @ParameterizedTest
  @EnumSource
  void jobsThatSomebodyLocksDoNotHideTheOthersWhenOneIsRefused(Awaited awaited) throws Exception {
    letWait(awaited, "locked", 200, false);
    letWait(awaited, "odd", 1, false);
    letWait(awaited, "healthy", HEALTHY, false);
    if (awaited == Awaited.A_SIGNAL) {
      server.execute("INSERT INTO cairn_wait (job_id, step, signal) VALUES (0, 'go', 'go')");
    }
    refuseTheOdd();
    try (Connection open = server.dataSource().getConnection();
        var statement = open.createStatement()) {
      open.setAutoCommit(false);
      statement.execute("SELECT FROM river_job WHERE kind = 'locked' FOR UPDATE");

      var wakes = new WakeStatements(database);
      int woken =
          bounded(() ->
              awaited == Awaited.A_SIGNAL
                  ? wakes.signalsInParts(100, false)
                  : wakes.jobsInParts(100, false));

      assertThat(woken).isEqualTo(HEALTHY);
      assertThat(count("healthy", "available")).isEqualTo(HEALTHY);
      open.rollback();
    }
  }

  /** Otherwise its row would stay for good, and with it the row of the signal. */
  @ParameterizedTest
  @EnumSource
  void aSignalForWhichNobodyWaitsAnyMoreIsForgottenThoughAJobIsRefused(Awaited awaited)
      throws Exception {
    letWait(awaited, "odd", 2, false);
    server.execute("INSERT INTO cairn_wait (job_id, step, signal) VALUES (0, 'gone', 'gone')");
    refuseTheOdd();

    wake(awaited);
    waits.wake(100);

    assertThat(server.number("SELECT count(*) FROM cairn_wait WHERE signal = 'gone'")).isZero();
    assertThat(server.number("SELECT count(*) FROM cairn_wait WHERE job_id <> 0")).isEqualTo(2);
  }

  /** A healthy job with a key that counts while it waits has it all the time. */
  @Test
  void aJobThatKeepsItsKeyIsWokenAtOnce() throws Exception {
    letWait(Awaited.A_SIGNAL, "healthy", 1, true);
    server.execute("UPDATE river_job SET unique_states = B'11110101'");

    wake(Awaited.A_SIGNAL);

    assertThat(count("healthy", "available")).isEqualTo(1);
  }
}
