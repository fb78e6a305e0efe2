package dev.cairn.programs;

import static dev.cairn.programs.Dsl.program;
import static dev.cairn.programs.Dsl.stepTx;
import static dev.cairn.programs.Dsl.trial;
import static dev.cairn.programs.Plan.hit;
import static dev.cairn.programs.Plan.plan;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.Cairn;
import dev.cairn.InterruptionReason;
import dev.cairn.JobInterruption;
import dev.cairn.JobKind;
import dev.cairn.StoreUnavailableException;
import dev.cairn.Workers;
import dev.cairn.embedded.EmbeddedDatabase;
import dev.cairn.migrate.Migrator;
import dev.cairn.programs.Plan.Blow;
import dev.cairn.testing.JobTester;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The end of an attempt is excused only by what has struck this attempt. */
class EndingsTest {
  private static Cairn running;
  private static Cairn stopped;

  @JobKind("ending")
  record Ending(int nothing) {}

  @BeforeAll
  static void open() throws SQLException {
    DataSource database = EmbeddedDatabase.shared().newDatabase().dataSource();
    Migrator.of(database).up();
    running = client(database);
    running.start();
    stopped = client(database);
    stopped.start();
    stopped.stop(Duration.ofSeconds(5));
  }

  @AfterAll
  static void close() {
    running.close();
    stopped.close();
  }

  private static Cairn client(DataSource database) {
    return Cairn.builder(database)
        .workers(Workers.builder().register(Ending.class, (job, context) -> {}).build())
        .queue("default", 1)
        .build();
  }

  /** What comes before the end of an attempt. */
  private interface Before {
    void of(Attempt attempt) throws Exception;
  }

  private static List<String> complaints(Cairn client, Plan plan, Before before, Throwable end) {
    var world = new World(1, trial(program(stepTx("tx1")), plan), null);
    work(
        client,
        world,
        attempt -> {
          before.of(attempt);
          Endings.note(attempt, end);
        });
    return world.complaints();
  }

  private static void work(Cairn client, World world, Before code) {
    JobTester.of(
            Ending.class,
            (job, context) -> code.of(new Attempt(world, context, Attempt.NO_OPERATOR)))
        .withClient(client)
        .work(new Ending(1));
  }

  private static void isWrong(Cairn client, Plan plan, Before before, Throwable end) {
    assertThat(complaints(client, plan, before, end))
        .singleElement()
        .asString()
        .contains("nothing has struck it");
  }

  private static void isRight(Cairn client, Plan plan, Before before, Throwable end) {
    assertThat(complaints(client, plan, before, end)).isEmpty();
  }

  private static Throwable interruption(InterruptionReason reason) {
    return new JobInterruption(reason, "it has to stop");
  }

  private static Throwable failure(String state) {
    return new IllegalStateException(new SQLException("the database says no", state));
  }

  @Test
  void onlyTheStopOfItsOwnClientEndsIt() {
    for (var reason : List.of(InterruptionReason.SHUTDOWN, InterruptionReason.LEASE_LOST)) {
      isWrong(running, plan(), attempt -> {}, interruption(reason));
      isRight(stopped, plan(), attempt -> {}, interruption(reason));
    }
    isWrong(running, plan(), attempt -> {}, new InterruptedException());
    isRight(stopped, plan(), attempt -> {}, new InterruptedException());
    isWrong(running, plan(), attempt -> {}, new StoreUnavailableException("away", null));
  }

  @Test
  void onlyAnAttemptWhoseJobWasTakenAwayLosesIt() {
    Before taken = attempt -> attempt.world().taken(attempt.number(), "e", List.of());
    isRight(running, plan(), taken, interruption(InterruptionReason.LEASE_LOST));
    isWrong(running, plan(), taken, interruption(InterruptionReason.SHUTDOWN));
    isWrong(running, plan(), taken, interruption(InterruptionReason.REQUESTED));
    isWrong(running, plan(), taken, failure("08006"));
  }

  /** Its threads are interrupted then, which breaks the connections that they use. */
  @Test
  void anAttemptThatHasHeardThatItsJobWasTakenAwayMayLoseItsConnection() {
    Before hears =
        attempt ->
            assertThatThrownBy(() -> attempt.context().yieldNow("it hears"))
                .isInstanceOf(JobInterruption.class);
    Before isTaken =
        attempt -> {
          attempt.world().taken(attempt.number(), "e", List.of());
          hears.of(attempt);
        };
    isRight(running, plan(), isTaken, failure("08006"));
    isWrong(running, plan(), isTaken, failure("40001"));
    isWrong(running, plan(), hears, failure("08006"));
  }

  /** Nor does it make the job begin from zero. */
  @Test
  void theFailureOfAnAttemptWhoseJobWasTakenAwayIsNotThatOfTheJob() {
    var failure = new ScriptedFailure.Restarting("restart1");
    for (boolean isTaken : List.of(false, true)) {
      var restarts = new boolean[1];
      var world = new World(1, trial(program(stepTx("tx1")), plan()), null);
      work(
          running,
          world,
          attempt -> {
            if (isTaken) {
              world.taken(attempt.number(), "e", List.of());
            }
            attempt.codeEnded(failure);
            Endings.note(attempt, failure);
            restarts[0] = attempt.restarts();
          });
      assertThat(restarts[0]).isEqualTo(!isTaken);
      assertThat(world.complaints()).isEmpty();
      assertThat(world.timesFailed()).isEqualTo(isTaken ? 0 : 1);
      assertThat(world.ends())
          .containsOnly(Map.entry(1, isTaken ? World.End.KILLED : World.End.IN_ORDER));
    }
  }

  @Test
  void onlyAnOperatorInterruptsOrPausesIt() {
    for (var blow : List.of(Blow.INTERRUPT, Blow.PAUSE)) {
      for (var reason : List.of(InterruptionReason.REQUESTED, InterruptionReason.PAUSED)) {
        isWrong(running, plan(hit(blow, 9)), attempt -> attempt.effect("e"), interruption(reason));
        isRight(running, plan(hit(blow, 1)), attempt -> attempt.effect("e"), interruption(reason));
      }
    }
  }

  @Test
  void onlyACommitThatIsLostCutsItOff() {
    for (var blow : List.of(Blow.ANSWER_LOST, Blow.COMMIT_LOST)) {
      isWrong(running, plan(hit(blow, 2)), Attempt::atCommit, failure("08006"));
      isRight(running, plan(hit(blow, 1)), Attempt::atCommit, failure("08006"));
      isWrong(running, plan(hit(blow, 1)), Attempt::atCommit, failure("40001"));
    }
  }

  /** A transaction of Cairn's is run again. */
  @Test
  void onlyACollisionOfATransactionOfTheWorkersOwnFailsIt() {
    var plan = plan(hit(Blow.COLLISION, 1));
    isRight(running, plan, attempt -> attempt.ofItsOwn(attempt::atCommit), failure("40001"));
    isWrong(running, plan, Attempt::atCommit, failure("40001"));
    isWrong(running, plan, attempt -> attempt.ofItsOwn(attempt::atCommit), failure("08006"));
    isWrong(running, plan(), Attempt::atCommit, failure("40001"));
  }

  /** It may happen all the same: Cairn refuses what follows then. */
  @Test
  void aLostCommitOfTheWorkersOwnMayEndIt() {
    isRight(
        running,
        plan(),
        attempt ->
            assertThatThrownBy(() ->
                attempt.ofItsOwn(() -> {
                  throw new SQLException("interrupted", "08006");
                })),
        interruption(InterruptionReason.LEASE_LOST));
  }
}
