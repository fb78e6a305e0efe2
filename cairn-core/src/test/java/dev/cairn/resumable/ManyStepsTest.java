package dev.cairn.resumable;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.cairn.JobRow;
import dev.cairn.JobState;
import dev.cairn.TestClients;
import dev.cairn.TestDatabase;
import dev.cairn.source.Sources;
import dev.cairn.spi.Checkpoint;
import java.lang.management.ManagementFactory;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a step writes does not grow with the number of the steps before it (H24). */
class ManyStepsTest {
  private static final int FEW = 1_000;
  private static final int MANY = 10_000;
  private static final int ROUNDS = 3;
  private static final int STEPS_OF_ROUND = 200;

  private static final ThreadMXBean THREADS =
      ManagementFactory.getPlatformMXBean(ThreadMXBean.class);

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

  @Tag("thorough")
  @Test
  void h24_aStepOfTenThousandWritesAsMuchAsOneOfAThousand() throws Exception {
    bytesForEach(FEW); // so that all code has been loaded and all plans are made

    double few = bytesForEach(FEW);
    double many = bytesForEach(MANY);

    assertThat(many).as("bytes of WAL for each step, %s of few", few).isLessThan(2 * few);
  }

  /** The bytes of heap for a step that is skipped, and for one that runs behind these. */
  private record Allocated(double skipped, double run) {
    Allocated least(Allocated other) {
      return new Allocated(Math.min(skipped, other.skipped), Math.min(run, other.run));
    }
  }

  /**
   * What steps of items allocate in attempts behind so many. It counts what all threads allocate,
   * because nobody counts what a virtual one does. The others add to it in some rounds, so the
   * smallest numbers count.
   */
  private Allocated allocatedBehind(int count) throws Exception {
    JobRow job =
        jobs.firstAttempt((steps, context) ->
            steps.step(
                "each",
                () -> {
                  items(steps, 0, count);
                  throw new IllegalStateException("planned");
                }));
    var least = new Allocated[] {new Allocated(Double.MAX_VALUE, Double.MAX_VALUE)};
    for (int round = 0; round < ROUNDS; round++) {
      int done = count + round * STEPS_OF_ROUND;
      JobRow next =
          jobs.nextAttempt(
              job.id(),
              (steps, context) ->
                  steps.step(
                      "each",
                      () -> {
                        double skipped = items(steps, 0, done);
                        double run = items(steps, done, done + STEPS_OF_ROUND);
                        least[0] = least[0].least(new Allocated(skipped, run));
                        throw new IllegalStateException("planned");
                      }));
      assertThat(next.errors().getLast().error()).isEqualTo("planned");
      assertThat(saved(job, "each/item[")).isEqualTo(done + STEPS_OF_ROUND);
    }
    return least[0];
  }

  /** The bytes for each of some steps. */
  private static double items(Steps steps, int from, int to) throws Exception {
    long before = THREADS.getTotalThreadAllocatedBytes();
    for (int i = from; i < to; i++) {
      steps.step(Steps.name("item", i), () -> {});
    }
    return (THREADS.getTotalThreadAllocatedBytes() - before) / (double) (to - from);
  }

  @Tag("thorough")
  @Test
  void h24_aStepBehindThousandsAllocatesAsMuchAsOneBehindHundreds() throws Exception {
    Allocated few = allocatedBehind(FEW / 2);
    Allocated many = allocatedBehind(FEW * 4);

    assertThat(many.skipped()).as("bytes, %s of few", few).isLessThan(2 * few.skipped());
    assertThat(many.run()).as("bytes, %s of few", few).isLessThan(2 * few.run());
  }

  /** What has the new names written before the attempt ends. */
  enum Meeting {
    NOTHING,
    ITEM_ASIDE,
    STEPS_BETWEEN
  }

  private double bytesForEachRenamed(int count, Meeting meeting) throws Exception {
    JobRow job =
        jobs.firstAttempt((steps, context) -> {
          for (int i = 0; i < count; i++) {
            steps.step("old-" + i, () -> {});
          }
          if (meeting == Meeting.ITEM_ASIDE) {
            putOneAside(steps);
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
                if (meeting == Meeting.STEPS_BETWEEN) {
                  steps.step("between-" + i, () -> {});
                }
              }
              steps.step("last", () -> {});
              throw new IllegalStateException("planned");
            });
    assertThat(next.errors().getLast().error()).isEqualTo("planned");
    assertThat(saved(job, "new-")).isEqualTo(count);
    assertThat(saved(job, "old-")).isZero();
    return (written() - before) / (double) count;
  }

  private static void putOneAside(Steps steps) throws Exception {
    steps
        .failedItems(ItemPolicy.quarantine())
        .forEach(
            "numbers",
            Sources.range(0, 1),
            number -> {
              throw new IllegalArgumentException("planned");
            });
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

  @Tag("thorough")
  @ParameterizedTest
  @EnumSource
  void h24_aRenamedStepOfThousandWritesAsMuchAsOneOfAHundred(Meeting meeting) throws Exception {
    bytesForEachRenamed(FEW / 10, meeting);

    double few = bytesForEachRenamed(FEW / 10, meeting);
    double many = bytesForEachRenamed(FEW, meeting);

    assertThat(many).as("bytes of WAL for each step, %s of few", few).isLessThan(2 * few);
  }

  /** Their new names are written together, and only theirs. */
  @Test
  void stepsTakeTheNamesOfOneAnother() throws Exception {
    JobRow job =
        jobs.firstAttempt((steps, context) -> {
          steps.step("apart", () -> {});
          steps.step("one", String.class, () -> "first");
          steps.step("two", String.class, () -> "second");
          throw new IllegalStateException("planned");
        });
    jobs.nextAttempt(
        job.id(),
        (steps, context) -> {
          steps.renamedFrom("two").step("three", jobs.noting("ran again"));
          steps.renamedFrom("one").step("two", jobs.noting("ran again"));
          steps.step("apart", jobs.noting("ran again"));
          throw new IllegalStateException("planned");
        });
    assertThat(
            database.query(
                "SELECT name, position FROM %s.cairn_checkpoint WHERE job_id = ? ORDER BY position"
                    .formatted(database.schema()),
                job.id()))
        .extracting(row -> row.get("name") + " " + row.get("position"))
        .containsExactly("three 1", "two 2", "apart 3");

    JobRow done =
        jobs.nextAttempt(
            job.id(),
            (steps, context) -> {
              jobs.notes.add(steps.step("three", String.class, () -> "ran again"));
              jobs.notes.add(steps.step("two", String.class, () -> "ran again"));
              steps.step("apart", jobs.noting("ran again"));
            });

    assertThat(done.state()).isEqualTo(JobState.COMPLETED);
    assertThat(jobs.notes).containsExactly("second", "first");
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
