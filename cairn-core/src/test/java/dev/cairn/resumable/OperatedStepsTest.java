package dev.cairn.resumable;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.cairn.Cairn;
import dev.cairn.InterceptedCalls;
import dev.cairn.JobRow;
import dev.cairn.JobState;
import dev.cairn.TestClients;
import dev.cairn.TestDatabase;
import dev.cairn.WorkContext;
import dev.cairn.jobs.JobOperation;
import dev.cairn.jobs.JobOperator;
import dev.cairn.jobs.JobProgress;
import dev.cairn.jobs.StepProgress;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What operators do to the steps of jobs (R28). */
class OperatedStepsTest {
  @RegisterExtension static final TestDatabase database = new TestDatabase();
  @RegisterExtension final TestClients clients = new TestClients(database);

  private final ResumableJobs jobs = new ResumableJobs(database, clients);

  private JobOperator ada() {
    return clients.inserter().jobs().operator("ada");
  }

  private JobProgress progress(long id) {
    return clients.inserter().jobs().progress(id).orElseThrow();
  }

  private JobRow row(long id) {
    return clients.inserter().jobs().find(id).orElseThrow();
  }

  /** Three finished steps, the second with a result, and a cursor in progress. */
  private long halfDone() {
    return jobs.firstAttempt(this::fourSteps).id();
  }

  private void fourSteps(Steps steps, WorkContext context) throws Exception {
    steps.step("one", jobs.noting("one"));
    String two =
        steps.step(
            "two",
            String.class,
            () -> {
              jobs.notes.add("two");
              return "made";
            });
    steps.step("three", jobs.noting("three with " + two));
    steps.cursor(
        "load",
        Long.class,
        0L,
        cursor -> {
          jobs.notes.add("load from " + cursor.get());
          if (cursor.get() < 100) {
            cursor.advance(50L);
            throw new IllegalStateException("half way");
          }
        });
  }

  @Test
  void r28_aRewindRunsAStepAndAllBehindItAgain() {
    long id = halfDone();
    jobs.notes.clear();

    ada().rewindToStep(id, "two");

    assertThat(progress(id).steps()).extracting(StepProgress::name).containsExactly("one");
    assertThat(row(id).state()).as("stays as it is").isEqualTo(JobState.RETRYABLE);
    assertThat(row(id).metadata())
        .contains("\"river:resumable_step\": \"one\"")
        .doesNotContain("river:resumable_cursor");
    jobs.nextAttempt(id, this::fourSteps);
    assertThat(jobs.notes).containsExactly("two", "three with made", "load from 0");
    assertThat(progress(id).operations())
        .singleElement()
        .satisfies(it -> {
          assertThat(it.verb()).isEqualTo("rewind");
          assertThat(it.detail()).isEqualTo("two");
        });
  }

  /** Fifty operations are kept with the job, and a result may have 256 KiB. */
  @Test
  void r28_aLongResultIsKeptInTheStepAndItsBeginningInTheRecord() {
    long id = halfDone();
    String result = "\"%s\"".formatted("\uD83D\uDE00".repeat(2_000));

    ada().skipStep(id, "load", result);

    assertThat(progress(id).operations())
        .singleElement()
        .satisfies(it ->
            assertThat(it.detail())
                .startsWith("load with \"\uD83D\uDE00")
                .endsWith("...")
                .hasSizeLessThan(1_010));
    assertThat(
            database.text(
                "SELECT value::text FROM cairn_checkpoint WHERE finished AND name = 'load' AND job_id = "
                    + id))
        .isEqualTo(result);
  }

  @Test
  void r28_aRewindToTheFirstStepLeavesNoKeyOfRiver() {
    long id = halfDone();
    jobs.notes.clear();

    ada().rewindToStep(id, "one");

    assertThat(row(id).metadata()).doesNotContain("resumable");
    jobs.nextAttempt(id, this::fourSteps);
    assertThat(jobs.notes).containsExactly("one", "two", "three with made", "load from 0");
  }

  @Test
  void r28_aCursorIsSetAndWhatIsBehindItsStepRunsAgain() {
    long id =
        jobs.firstAttempt(
                (steps, context) -> {
                  steps.cursor("load", Long.class, 0L, cursor -> cursor.advance(900L));
                  steps.step("report", jobs.noting("report"));
                  steps.step("send", jobs.failing("send"));
                })
            .id();
    jobs.notes.clear();

    ada().rewindCursor(id, "load", "120");

    assertThat(row(id).metadata())
        .contains("\"river:resumable_cursor\": {\"load\": 120}")
        .doesNotContain("river:resumable_step\"");
    jobs.nextAttempt(
        id,
        (steps, context) -> {
          steps.cursor(
              "load", Long.class, 0L, cursor -> jobs.notes.add("load from " + cursor.get()));
          steps.step("report", jobs.noting("report"));
        });
    assertThat(jobs.notes).containsExactly("load from 120", "report");
  }

  @Test
  void r28_aSkippedStepDoesNotRunAndGivesTheResultItWasSkippedWith() {
    long id = halfDone();
    jobs.notes.clear();
    ada().rewindToStep(id, "two");

    ada().skipStep(id, "two", "\"given\"");
    ada().skipStep(id, "load");

    jobs.nextAttempt(id, this::fourSteps);
    assertThat(jobs.notes).containsExactly("three with given");
    assertThat(row(id).state()).isEqualTo(JobState.COMPLETED);
  }

  @Test
  void r28_skippingTheStepInProgressIsToldToRiver() {
    long id = halfDone();

    ada().skipStep(id, "load");

    assertThat(row(id).metadata())
        .contains("\"river:resumable_step\": \"load\"")
        .doesNotContain("river:resumable_cursor");
    assertThatIllegalStateException()
        .isThrownBy(() -> ada().skipStep(id, "load"))
        .withMessageContaining("already finished");
  }

  @Test
  void r28_aPausedJobWhoseWaitIsSkippedRunsWhenItIsResumed() {
    ResumableJobs.Code code =
        (steps, context) -> {
          steps.sleep("nap", Duration.ofDays(1));
          steps.step("behind", jobs.noting("behind"));
        };
    long id = jobs.firstAttempt(code).id();
    ada().pause(id);

    ada().skipStep(id, "nap");
    assertThat(row(id).state()).isEqualTo(JobState.PENDING);
    ada().resume(id);

    assertThat(row(id).state()).isEqualTo(JobState.AVAILABLE);
    jobs.nextAttempt(id, code);
    assertThat(jobs.notes).containsExactly("behind");
  }

  @Test
  void r28_skippingAWaitWakesTheJobThatIsInIt() {
    ResumableJobs.Code code =
        (steps, context) -> {
          steps.awaitSignal("paid", "never", String.class);
          steps.step("behind", jobs.noting("behind"));
        };
    long id = jobs.firstAttempt(code).id();
    assertThat(row(id).state()).isEqualTo(JobState.SCHEDULED);
    ada().skipStep(id, "behind");
    assertThat(row(id).state()).as("it still waits").isEqualTo(JobState.SCHEDULED);

    ada().skipStep(id, "paid", "\"by hand\"");

    assertThat(row(id).state()).isEqualTo(JobState.AVAILABLE);
    jobs.nextAttempt(id, code);
    assertThat(row(id).state()).isEqualTo(JobState.COMPLETED);
  }

  @Test
  void r28_whatMakesNoSenseIsRefusedWithTheWayOut() {
    long id = halfDone();

    assertThatIllegalArgumentException()
        .isThrownBy(() -> ada().rewindToStep(id, "four"))
        .withMessage(
            "job %d (resumable) has not reached a step 'four', only [one, two, three, load]", id);
    long notBegun = clients.inserter().insert(new ResumableJobs.Args("later")).id();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ada().runAgainFrom(notBegun, "one"))
        .withMessage("job %d (resumable) has not reached any step yet, so not 'one'", notBegun);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ada().rewindCursor(id, "load", "a text"))
        .withMessageContaining("a text needs quotes");
  }

  @Test
  void r28_whatGoHasDoneSinceIsNotOverwritten() {
    long id = halfDone();
    database.execute(
        """
        UPDATE %s.river_job SET metadata = metadata || '{"river:resumable_step": "load"}'
        WHERE id = ?
        """
            .formatted(database.schema()),
        id);

    assertThatIllegalStateException()
        .isThrownBy(() -> ada().rewindToStep(id, "two"))
        .withMessageContaining("client of River in another language");
    ada().restart(id);
    assertThat(row(id).metadata()).doesNotContain("resumable");
  }

  @Test
  void r28_aRestartBeginsFromZeroAtOnce() {
    long id = halfDone();
    jobs.notes.clear();

    assertThat(ada().restart(id))
        .hasValueSatisfying(job -> assertThat(job.state()).isEqualTo(JobState.AVAILABLE));

    jobs.nextAttempt(id, this::fourSteps);
    assertThat(jobs.notes).containsExactly("one", "two", "three with made", "load from 0");
  }

  @Test
  void r28_aJobRunsAgainFromAStep() {
    long id = halfDone();
    jobs.notes.clear();

    assertThat(ada().runAgainFrom(id, "three"))
        .hasValueSatisfying(job -> assertThat(job.state()).isEqualTo(JobState.AVAILABLE));

    jobs.nextAttempt(id, this::fourSteps);
    assertThat(jobs.notes).containsExactly("three with made", "load from 0");
  }

  @Test
  void r28_aCompletedJobThatIsRetriedStartsFromZero() {
    long id = jobs.firstAttempt((steps, context) -> steps.step("one", jobs.noting("one"))).id();
    assertThat(row(id).state()).isEqualTo(JobState.COMPLETED);
    assertThatIllegalStateException()
        .isThrownBy(() -> ada().rewindToStep(id, "one"))
        .withMessageContaining("nothing was changed")
        .withMessageContaining("no step 'one' to act on: restart runs it from zero");
    // As a worker in Go leaves a job that it has completed.
    database.execute(
        """
        UPDATE %s.river_job SET metadata = metadata || '{"river:resumable_step": "one"}'
        WHERE id = ?
        """
            .formatted(database.schema()),
        id);

    clients.inserter().jobs().retry(id);
    assertThat(row(id).metadata()).doesNotContain("resumable");
    jobs.nextAttempt(id, (steps, context) -> steps.step("one", jobs.noting("one")));
    ada().retry(id);
    jobs.nextAttempt(id, (steps, context) -> steps.step("one", jobs.noting("one")));

    assertThat(jobs.notes).containsExactly("one", "one", "one");
    assertThat(row(id).state()).isEqualTo(JobState.COMPLETED);
  }

  @Test
  void r28_inACallersTransactionItHappensWithIt() throws SQLException {
    long id = halfDone();
    Cairn any = clients.inserter();
    try (Connection connection = database.dataSource().getConnection()) {
      connection.setAutoCommit(false);
      any.jobs().operator(connection, "ada").rewindToStep(id, "two");
      assertThat(any.jobs().progress(connection, id).orElseThrow().steps()).hasSize(1);
      assertThat(progress(id).steps()).hasSize(4);
      connection.rollback();
      any.jobs().operator(connection, "ada").pause(id);
      connection.commit();
      connection.setAutoCommit(true);
    }

    assertThat(progress(id).steps()).hasSize(4);
    assertThat(progress(id).operations()).extracting(JobOperation::verb).containsExactly("pause");
    assertThat(row(id).state()).isEqualTo(JobState.PENDING);
  }

  /** Seen before: the job was locked, let go, and changed whatever had happened in between. */
  @Test
  void r28_onAConnectionThatCommitsByItselfTheJobStaysLockedUntilItIsChanged() throws SQLException {
    long id = halfDone();
    var lockable = new ArrayList<Boolean>();
    try (Connection connection = database.dataSource().getConnection()) {
      Connection watched =
          InterceptedCalls.of(
              Connection.class,
              connection,
              (method, call) -> {
                if (call.firstArgument() instanceof String sql && sql.contains("UPDATE")) {
                  lockable.add(isLockable(id));
                }
                return call.proceed();
              });
      clients.inserter().jobs().operator(watched, "ada").pause(id);
      assertThat(connection.getAutoCommit()).isTrue();
    }

    // Free before the job is locked, and not before it is changed.
    assertThat(lockable).startsWith(true).endsWith(false);
    assertThat(row(id).state()).isEqualTo(JobState.PENDING);
  }

  private static boolean isLockable(long id) {
    return database.number(
            "SELECT count(*) FROM (SELECT FROM river_job WHERE id = ? FOR UPDATE SKIP LOCKED) AS job",
            id)
        == 1;
  }

  /** A step, one around three others, and a last one. */
  private ResumableJobs.Code nested(StepBody last) {
    return (steps, context) -> {
      steps.step("first", jobs.noting("first"));
      steps.step(
          "outer",
          () -> {
            steps.step("a", jobs.noting("a"));
            steps.step("b", jobs.noting("b"));
            steps.step("c", jobs.noting("c"));
          });
      steps.step("last", last);
    };
  }

  @Test
  void r28_aRewindWithinAStepUnfinishesWhatIsAroundIt() {
    long id = jobs.firstAttempt(nested(jobs.failing("last"))).id();
    jobs.notes.clear();

    ada().rewindToStep(id, "outer/b");

    assertThat(row(id).metadata()).contains("\"river:resumable_step\": \"first\"");
    jobs.nextAttempt(id, nested(jobs.noting("last")));
    assertThat(jobs.notes).containsExactly("b", "c", "last");
  }
}
