package dev.cairn.resumable;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.JobRow;
import dev.cairn.JobState;
import dev.cairn.TestClients;
import dev.cairn.TestDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Connections that have no transaction: each statement is committed, or they are closed (R3). */
class NoTransactionTest {
  @RegisterExtension static final TestDatabase database = new TestDatabase();
  @RegisterExtension final TestClients clients = new TestClients(database);

  private final ResumableJobs jobs = new ResumableJobs(database, clients);
  private final Effects effects = new Effects(database);

  @BeforeEach
  void clearEffects() {
    effects.clear();
  }

  /** What the code passes to Cairn before the second half of its work, which fails. */
  @FunctionalInterface
  private interface Call {
    void with(Connection connection) throws Exception;
  }

  private void halves(Call call) throws Exception {
    try (Connection connection = database.dataSource().getConnection()) {
      Effects.insert(connection, "first half");
      call.with(connection);
      throw new SQLException("the second half fails");
    }
  }

  private void assertRefused(JobRow job, String call) {
    assertThat(job.state()).isEqualTo(JobState.RETRYABLE);
    assertThat(job.errors().getLast().error())
        .contains("job " + job.id(), call, "auto-commit", "CAIRN-331");
    assertThat(jobs.checkpoints(job.id()))
        .noneSatisfy(row -> assertThat(row).containsEntry("finished", true));
  }

  /** Seen before: the step counted as finished without its second half. */
  @Test
  void r3_aStepIsNotFinishedWithoutATransaction() {
    JobRow job =
        jobs.firstAttempt((steps, context) ->
            steps.step("settle", () -> halves(connection -> steps.finishTx("settle", connection))));

    assertRefused(job, "finishTx");
  }

  @Test
  void r3_aCursorIsNotMovedWithoutATransaction() {
    JobRow job =
        jobs.firstAttempt(
            ResumableJobs.cursorStep(
                "rows", cursor -> halves(connection -> cursor.advanceTx(connection, 5L))));

    assertRefused(job, "advanceTx");
    assertThat(jobs.checkpoints(job.id()))
        .noneSatisfy(row -> assertThat(row).containsEntry("value", "5"));
  }

  /** Seen before: the attempt counted as cut off by an outage, five times. */
  @Test
  void r3_aBodyThatClosesItsConnectionFails() {
    JobRow step = jobs.firstAttempt((steps, context) -> steps.stepTx("settle", Connection::close));
    JobRow cursor =
        jobs.firstAttempt(
            ResumableJobs.cursorStep(
                "rows",
                it ->
                    it.advanceInTransaction((connection, position) -> {
                      connection.close();
                      return position + 1;
                    })));

    assertThat(List.of(step, cursor))
        .allSatisfy(job -> {
          assertThat(job.state()).isEqualTo(JobState.RETRYABLE);
          assertThat(job.errors().getLast().error())
              .contains("of job " + job.id(), "closed the connection", "CAIRN-335");
        });
  }

  @Test
  void r3_aJobIsNotCompletedWithoutATransaction() {
    JobRow job = jobs.firstAttempt((steps, context) -> halves(context::completeTx));

    assertRefused(job, "completeTx");
  }
}
