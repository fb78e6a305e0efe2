package dev.cairn.resumable;

import static dev.cairn.resumable.ResumableJobs.cursorStep;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.AttemptError;
import dev.cairn.JobRow;
import dev.cairn.JobState;
import dev.cairn.TestClients;
import dev.cairn.TestDatabase;
import java.sql.Connection;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The eight failures of the original, by their numbers in the specification. */
class EightFailuresTest {
  @RegisterExtension static final TestDatabase database = new TestDatabase();
  @RegisterExtension final TestClients clients = new TestClients(database);

  private final ResumableJobs jobs = new ResumableJobs(database, clients);

  private final Effects effects = new Effects(database);

  @BeforeEach
  void clearEffects() {
    effects.clear();
  }

  private static void failAt17(Cursor<Long> cursor) {
    cursor.advance(17L);
    throw new IllegalStateException("load failed");
  }

  @Test
  void failure1_theCursorOfTheFirstStepIsKeptWhenItFails() {
    JobRow job = jobs.firstAttempt(cursorStep("load", EightFailuresTest::failAt17));

    assertThat(job.metadata()).contains("\"river:resumable_cursor\": {\"load\": 17}");
    assertThat(job.metadata()).doesNotContain("river:resumable_step");
    JobRow next =
        jobs.nextAttempt(
            job.id(), cursorStep("load", cursor -> jobs.notes.add("from " + cursor.get())));
    assertThat(next.state()).isEqualTo(JobState.COMPLETED);
    assertThat(jobs.notes).containsExactly("from 17");
  }

  @Test
  void failure2_aNestedStepWhoseChildFailedRunsTheChildAgain() {
    JobRow job =
        jobs.firstAttempt((steps, context) ->
            steps.step(
                "parent",
                () -> {
                  steps.step("child 1", jobs.noting("child 1"));
                  steps.step("child 2", jobs.failing("child 2"));
                }));

    JobRow next =
        jobs.nextAttempt(
            job.id(),
            (steps, context) ->
                steps.step(
                    "parent",
                    () -> {
                      steps.step("child 1", jobs.noting("child 1 again"));
                      steps.step("child 2", jobs.noting("child 2 again"));
                    }));

    assertThat(next.state()).isEqualTo(JobState.COMPLETED);
    assertThat(jobs.notes).containsExactly("child 1", "child 2", "child 2 again");
  }

  @Test
  void failure3_anErrorInStepTwoDoesNotRunStepOneAgain() {
    JobRow job =
        jobs.firstAttempt((steps, context) -> {
          steps.step("one", jobs.noting("one"));
          steps.step(
              "two",
              () -> {
                throw new StackOverflowError("in two");
              });
        });

    assertThat(job.errors()).extracting(AttemptError::error).containsExactly("in two");
    assertThat(job.metadata()).contains("\"river:resumable_step\": \"one\"");
    JobRow next =
        jobs.nextAttempt(
            job.id(),
            (steps, context) -> {
              steps.step("one", jobs.noting("one again"));
              steps.step("two", jobs.noting("two"));
            });
    assertThat(next.state()).isEqualTo(JobState.COMPLETED);
    assertThat(jobs.notes).containsExactly("one", "two");
  }

  @Test
  void failure4_aSavedStepThatWasRenamedStopsTheJobBeforeAnotherStepRunsAndUsesUpNoAttempt() {
    JobRow job =
        jobs.firstAttempt((steps, context) -> {
          steps.step("prepare", jobs.noting("prepare"));
          steps.cursor("load", Long.class, 0L, EightFailuresTest::failAt17);
        });

    JobRow stopped =
        jobs.nextAttempt(
            job.id(),
            (steps, context) -> {
              steps.step("prepare", jobs.noting("prepare again"));
              steps.cursor("import", Long.class, 0L, cursor -> jobs.notes.add("import"));
              steps.step("report", jobs.noting("report"));
            });

    assertThat(jobs.notes).containsExactly("prepare");
    assertThat(stopped.state()).isEqualTo(JobState.RETRYABLE);
    assertThat(stopped.attempt()).as("attempts used up").isEqualTo(1);
    assertThat(stopped.errors().getLast().error())
        .contains("'load'", "'import'", "job " + job.id(), "Steps.plan");
    JobRow mended =
        jobs.nextAttempt(
            job.id(),
            (steps, context) -> {
              steps.step("prepare", jobs.noting("prepare again"));
              steps.cursor(
                  "load", Long.class, 0L, cursor -> jobs.notes.add("load from " + cursor.get()));
            });
    assertThat(mended.state()).isEqualTo(JobState.COMPLETED);
    assertThat(jobs.notes).containsExactly("prepare", "load from 17");
  }

  @Test
  void failure4_aSavedStepThatWasRemovedStopsTheJobInsteadOfCompletingIt() {
    JobRow job = jobs.firstAttempt(cursorStep("load", EightFailuresTest::failAt17));

    JobRow stopped = jobs.nextAttempt(job.id(), (steps, context) -> jobs.notes.add("no steps"));

    assertThat(stopped.state()).isEqualTo(JobState.RETRYABLE);
    assertThat(stopped.attempt()).as("attempts used up").isEqualTo(1);
    assertThat(stopped.errors().getLast().error()).contains("'load'", "without reaching it");
  }

  @Test
  void failure5_nothingAfterAFailedStepRuns() {
    JobRow job =
        jobs.firstAttempt((steps, context) -> {
          steps.step("one", jobs.noting("one"));
          try {
            steps.step("two", jobs.failing("two"));
          } catch (IllegalStateException swallowed) {
            jobs.notes.add("swallowed");
          }
          steps.step("three", jobs.noting("three"));
        });

    assertThat(job.state()).isEqualTo(JobState.RETRYABLE);
    assertThat(jobs.notes).containsExactly("one", "two", "swallowed");
    assertThat(job.errors().getFirst().error()).contains("'three'", "'two'", "failed");
  }

  @Test
  void failure6_workRunsAgainWhenItsTransactionalCheckpointWasRolledBack() {
    ResumableJobs.Code code =
        cursorStep(
            "copy",
            (cursor, context) -> {
              for (long row = cursor.get() + 1; row <= 3; row++) {
                try (Connection connection = database.dataSource().getConnection()) {
                  connection.setAutoCommit(false);
                  Effects.insert(connection, "row " + row);
                  cursor.advanceTx(connection, row);
                  if (row == 2 && context.job().attempt() == 1) {
                    connection.rollback();
                    assertThat(cursor.get()).as("cursor after the rollback").isEqualTo(1L);
                    throw new IllegalStateException("rolled back");
                  }
                  connection.commit();
                }
              }
            });

    JobRow job = jobs.firstAttempt(code);

    assertThat(job.metadata()).contains("\"river:resumable_cursor\": {\"copy\": 1}");
    assertThat(jobs.nextAttempt(job.id(), code).state()).isEqualTo(JobState.COMPLETED);
    assertThat(effects.all()).containsExactly("row 1", "row 2", "row 3");
  }

  @Test
  void failure7_aStepInsertedBeforeThePointOfResumptionRuns() {
    JobRow job =
        jobs.firstAttempt((steps, context) -> {
          steps.step("one", jobs.noting("one"));
          steps.step("two", jobs.noting("two"));
          steps.step("three", jobs.failing("three"));
        });

    JobRow next =
        jobs.nextAttempt(
            job.id(),
            (steps, context) -> {
              steps.step("one", jobs.noting("one again"));
              steps.step("inserted", jobs.noting("inserted"));
              steps.step("two", jobs.noting("two again"));
              steps.step("three", jobs.noting("three again"));
            });

    assertThat(next.state()).isEqualTo(JobState.COMPLETED);
    assertThat(jobs.notes).containsExactly("one", "two", "three", "inserted", "three again");
  }

  @Test
  void failure7_aPlannedStepInsertedBeforeACursorInProgressRuns() {
    JobRow job = jobs.firstAttempt(cursorStep("load", EightFailuresTest::failAt17));

    JobRow next =
        jobs.nextAttempt(
            job.id(),
            (steps, context) -> {
              steps.plan("inserted", "load");
              steps.step("inserted", jobs.noting("inserted"));
              steps.cursor(
                  "load", Long.class, 0L, cursor -> jobs.notes.add("load from " + cursor.get()));
            });

    assertThat(next.state()).isEqualTo(JobState.COMPLETED);
    assertThat(jobs.notes).containsExactly("inserted", "load from 17");
  }

  @Test
  void failure8_finishedStepsAreNotRunAgainWhenTheyAreReordered() {
    JobRow job =
        jobs.firstAttempt((steps, context) -> {
          steps.step("one", jobs.noting("one"));
          steps.step("two", jobs.noting("two"));
          steps.step("three", jobs.failing("three"));
        });

    JobRow next =
        jobs.nextAttempt(
            job.id(),
            (steps, context) -> {
              steps.step("two", jobs.noting("two again"));
              steps.step("three", jobs.noting("three again"));
              steps.step("one", jobs.noting("one again"));
            });

    assertThat(next.state()).isEqualTo(JobState.COMPLETED);
    assertThat(jobs.notes).containsExactly("one", "two", "three", "three again");
  }
}
