package dev.cairn.resumable;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.JobRow;
import dev.cairn.JobState;
import dev.cairn.TestClients;
import dev.cairn.TestDatabase;
import dev.cairn.spi.Checkpoint;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a step writes does not grow with the number of the steps before it (H24). */
class ManyStepsTest {
  private static final int FEW = 1_000;
  private static final int MANY = 10_000;

  @RegisterExtension static final TestDatabase database = new TestDatabase();
  @RegisterExtension final TestClients clients = new TestClients(database);

  private final ResumableJobs jobs = new ResumableJobs(database, clients);

  /** What a first attempt with so many steps, and a second one that skips them all, write. */
  private double bytesForEach(int count) throws Exception {
    long before = written();
    JobRow job =
        jobs.firstAttempt((steps, context) -> {
          for (int i = 0; i < count; i++) {
            steps.step("step-" + i, () -> {});
          }
          throw new IllegalStateException("planned");
        });
    JobRow done =
        jobs.nextAttempt(
            job.id(),
            (steps, context) -> {
              for (int i = 0; i < count; i++) {
                steps.step(
                    "step-" + i,
                    () -> {
                      throw new AssertionError("runs again");
                    });
              }
            });
    assertThat(done.state()).isEqualTo(JobState.COMPLETED);
    return (written() - before) / (double) count;
  }

  private static long written() {
    return database.number("SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint");
  }

  @Test
  void h24_aStepOfTenThousandWritesAsMuchAsOneOfAThousand() throws Exception {
    bytesForEach(FEW); // so that all code has been loaded and all plans are made

    double few = bytesForEach(FEW);
    double many = bytesForEach(MANY);

    assertThat(many).as("bytes of WAL for each step, %s of few", few).isLessThan(2 * few);
  }

  private double bytesForEachRenamed(int count) throws Exception {
    JobRow job =
        jobs.firstAttempt((steps, context) -> {
          for (int i = 0; i < count; i++) {
            steps.step("old-" + i, () -> {});
          }
          throw new IllegalStateException("planned");
        });
    long before = written();
    JobRow next =
        jobs.nextAttempt(
            job.id(),
            (steps, context) -> {
              for (int i = 0; i < count; i++) {
                steps
                    .renamedFrom("old-" + i)
                    .step(
                        "new-" + i,
                        () -> {
                          throw new AssertionError("runs again");
                        });
              }
              steps.step("last", () -> {});
              throw new IllegalStateException("planned");
            });
    assertThat(next.errors().getLast().error()).isEqualTo("planned");
    assertThat(saved(job, "new-")).isEqualTo(count);
    assertThat(saved(job, "old-")).isZero();
    return (written() - before) / (double) count;
  }

  /** The code that declares it may be gone in the next attempt. */
  @Test
  void aRenameOutlivesAnAttemptThatRunsNoOtherStep() throws Exception {
    JobRow job =
        jobs.firstAttempt((steps, context) -> {
          steps.step("old", jobs.noting("ran"));
          throw new IllegalStateException("planned");
        });
    jobs.nextAttempt(
        job.id(),
        (steps, context) -> {
          steps.renamedFrom("old").step("new", jobs.noting("ran again"));
          throw new IllegalStateException("planned");
        });

    JobRow done =
        jobs.nextAttempt(job.id(), (steps, context) -> steps.step("new", jobs.noting("ran again")));

    assertThat(done.state()).isEqualTo(JobState.COMPLETED);
    assertThat(jobs.notes).containsExactly("ran");
  }

  private static long saved(JobRow job, String beginning) {
    return database.number(
        "SELECT count(*) FROM %s.cairn_checkpoint WHERE job_id = %d AND starts_with(name, '%s')"
            .formatted(database.schema(), job.id(), beginning));
  }

  @Test
  void h24_aRenamedStepOfThousandWritesAsMuchAsOneOfAHundred() throws Exception {
    bytesForEachRenamed(FEW / 10);

    double few = bytesForEachRenamed(FEW / 10);
    double many = bytesForEachRenamed(FEW);

    assertThat(many).as("bytes of WAL for each step, %s of few", few).isLessThan(2 * few);
  }

  /** With a look at all of them, this would take minutes. */
  @Test
  @Timeout(30)
  void h24_aStepDoesNotLookAtAllThatHaveFinished() {
    int count = 100_000;
    var saved = new SavedSteps();
    for (int i = 0; i < count; i++) {
      saved.put(new Checkpoint("each/done[" + i + "]", null, true, null));
    }
    saved.put(new Checkpoint("each/open", null, false, "7"));
    saved.lookAhead();

    for (int i = 0; i < count; i++) {
      assertThat(saved.inProgress("each/", Set.of())).containsExactly("open");
      assertThat(saved.rename("each/done[" + i + "]", "each/renamed[" + i + "]")).isTrue();
    }

    assertThat(saved.stepsAhead()).isEqualTo(count + 1);
    saved.pass("each/open");
    assertThat(saved.inProgress("each/", Set.of())).isEmpty();
  }
}
