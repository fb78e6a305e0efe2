package dev.cairn.chaos.life;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.Cairn;
import dev.cairn.chaos.life.Finding.Kind;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Faults that the judge must find, planted by hand into undisturbed lives. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@SuppressWarnings("NullAway.Init") // set before each test
class JudgeTest {
  /** What never comes is waited for so long, and what must come is waited for with patience. */
  private static final Duration SOON = Duration.ofSeconds(2);

  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private LifeDatabases databases;
  private Life life;
  private Judge judge;

  @BeforeAll
  void startServer() throws SQLException {
    databases = LifeDatabases.start();
  }

  @BeforeEach
  void begin() throws SQLException {
    life = Life.in(databases);
    judge = new Judge(life, new Bounds(SOON, PATIENCE, PATIENCE, PATIENCE));
  }

  @AfterEach
  void end() throws SQLException {
    life.close();
  }

  @Test
  void findsNothingWhereNothingIs() throws SQLException {
    life.witness().effect(plantOnly(Role.PLAIN, "completed", 1), "plain");

    judge.judgeAccounts();
    judge.judgeStop(false);
    judge.heal();

    assertThat(judge.findings()).isEmpty();
  }

  @Test
  void findsAJobThatALivingClientHasForgotten() throws SQLException {
    life.witness().end();
    Cairn client = life.client();
    client.start();
    plant(Role.PLAIN, "running", 1, client.id());
    plant(Role.PLAIN, "pending", 0, "nobody");
    plant(Role.PLAIN, "discarded", 0, "nobody");
    judge.awaitSettled();
    client.stop();

    assertThat(judge.findings())
        .extracting(Finding::kind)
        .contains(Kind.NOT_ENDED, Kind.WRONG_END)
        .doesNotContain(Kind.CLIENT_DEAD, Kind.CLIENT_DEAF, Kind.NO_LEADER);
  }

  @Test
  void findsAClientThatDoesNothing() throws SQLException {
    var soon = Duration.ofMillis(300);
    judge = new Judge(life, new Bounds(soon, soon, soon, soon));
    judge.awaitSettled();

    assertThat(judge.findings())
        .extracting(Finding::kind)
        .contains(Kind.NO_LEADER, Kind.LEFT_RUNNING, Kind.CLIENT_DEAD, Kind.CLIENT_DEAF);
  }

  @Test
  void findsRowsThatAreMissingOrThereTwice() throws SQLException {
    long id = plantOnly(Role.STEP_TX, "completed", 1);
    life.witness().effect(id, "between");
    life.database().execute("INSERT INTO effect VALUES (?, 0), (?, 0)", id, id);

    judge.judgeAccounts();

    assertThat(judge.findings())
        .extracting(Finding::kind)
        .containsExactly(Kind.ROW_TWICE, Kind.ROW_LOST);
  }

  @Test
  void findsPlainEffectsThatNeverHappened() throws SQLException {
    long id = plantOnly(Role.STEPS, "completed", 1);
    for (String step : List.of("count", "row 0", "row 1", "row 2")) {
      life.witness().effect(id, step);
    }
    plant(Role.STEPS, "discarded", 1, "nobody");

    judge.judgeAccounts();

    assertThat(judge.findings()).extracting(Finding::kind).containsExactly(Kind.EFFECT_LOST);
    assertThat(judge.findings().getFirst().detail()).contains("without [check]");
  }

  @Test
  void findsAttemptsAndErrorsThatNoWorkerCaused() throws SQLException {
    life.witness().effect(plantOnly(Role.PLAIN, "completed", 2), "plain");
    life.database().execute("UPDATE river_job SET errors = ARRAY['{\"error\": \"?\"}'::jsonb]");

    judge.judgeAccounts();

    assertThat(judge.findings())
        .extracting(Finding::kind)
        .containsExactly(Kind.ATTEMPT_USED_UP, Kind.ERROR_RECORDED);
  }

  @Test
  void allowsTheAttemptsThatAWorkerHasFailed() throws SQLException {
    long id = plantOnly(Role.PLAIN, "completed", 2);
    life.database().execute("UPDATE river_job SET errors = ARRAY['{\"error\": \"?\"}'::jsonb]");
    life.witness().threw(id, new IllegalStateException("of the worker"));
    life.witness().effect(id, "plain");

    judge.judgeAccounts();

    assertThat(judge.findings()).isEmpty();
  }

  @Test
  void findsAttemptsAndErrorsOfAnOutage() throws SQLException {
    cutOff(plantWithError("completed", 2), 1);

    judge.judgeAccounts();

    assertThat(judge.findings())
        .extracting(Finding::kind)
        .containsExactly(Kind.ATTEMPT_USED_UP, Kind.ERROR_RECORDED);
    assertThat(judge.findings().getFirst().detail())
        .contains("cut it off with [java.sql.SQLException: gone]");
  }

  @Test
  void allowsOutagesThatUseUpNoAttempt() throws SQLException {
    cutOff(plantOnly(Role.PLAIN, "completed", 1), 5);

    judge.judgeAccounts();

    assertThat(judge.findings()).isEmpty();
  }

  @Test
  void allowsTheSixthOutageToBeAFailure() throws SQLException {
    cutOff(plantWithError("completed", 2), 6);

    judge.judgeAccounts();

    assertThat(judge.findings()).isEmpty();
  }

  private long plantWithError(String state, int attempt) throws SQLException {
    long id = plantOnly(Role.PLAIN, state, attempt);
    life.database().execute("UPDATE river_job SET errors = ARRAY['{\"error\": \"?\"}'::jsonb]");
    return id;
  }

  private void cutOff(long id, int times) {
    for (int time = 0; time < times; time++) {
      var broken = new SQLException("gone", time % 2 == 0 ? "08006" : "57P01");
      life.witness().threw(id, time % 2 == 0 ? broken : new IllegalStateException(broken));
    }
    life.witness().effect(id, "plain");
  }

  @Test
  void findsInsertionsThatHappenedTwiceOrByHalf() throws SQLException {
    life.witness().effect(plantOnly(Role.PERIODIC_DURABLE, "completed", 1), "plain");
    life.witness().effect(plant(Role.PERIODIC_DURABLE, "completed", 1, "nobody"), "plain");
    life.database().execute("INSERT INTO marker VALUES ('tx')");

    judge.judgeAccounts();

    assertThat(judge.findings())
        .extracting(Finding::kind)
        .containsExactly(Kind.INSERTION_TORN, Kind.INSERTED_TWICE);
  }

  @Test
  void findsARowOfAClientThatHasStoppedAndWhatRunsWithoutOne() throws SQLException {
    long id = plantOnly(Role.PLAIN, "running", 1);
    life.database()
        .execute(
            "UPDATE river_job SET attempted_by = ARRAY[?] WHERE id = ?", life.client().id(), id);
    judge.judgeStop(false);

    assertThat(judge.findings())
        .extracting(Finding::kind)
        .containsExactly(Kind.SIGNED_OFF_TOO_SOON);

    life.database()
        .execute("INSERT INTO cairn_client (id, timeout) VALUES (?, '1 hour')", life.client().id());
    judge.judgeStop(false);

    assertThat(judge.findings()).extracting(Finding::kind).contains(Kind.NOT_SIGNED_OFF);
  }

  @Tag("thorough")
  @Test
  void findsConnectionsThatWereNotGivenBack() throws SQLException {
    plantOnly(Role.PLAIN, "completed", 1);
    try (var kept = life.source().getConnection()) {
      assertThat(kept.isClosed()).isFalse();
      judge.judgeStop(false);
    }

    assertThat(judge.findings()).extracting(Finding::kind).containsExactly(Kind.CONNECTIONS_LEFT);
  }

  private long plantOnly(Role role, String state, int attempt) throws SQLException {
    life.database().execute("DELETE FROM river_job");
    return plant(role, state, attempt, "nobody");
  }

  private long plant(Role role, String state, int attempt, String client) throws SQLException {
    return life.database()
        .number(
            """
            INSERT INTO river_job
              (kind, args, state, attempt, max_attempts, attempted_at, attempted_by, finalized_at)
            VALUES ('act', jsonb_build_object('role', ?, 'key', ?, 'awaited', 0),
              ?::river_job_state, ?, 25, now(), ARRAY[?],
              CASE WHEN ? IN ('completed', 'discarded') THEN now() END)
            RETURNING id
            """,
            role.name(),
            role.name(),
            state,
            attempt,
            client,
            state);
  }
}
