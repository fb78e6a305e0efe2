package dev.cairn.resumable;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.JobRow;
import dev.cairn.JobState;
import dev.cairn.TestClients;
import dev.cairn.TestDatabase;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Names, results and the order of steps. */
class StepsTest {
  @RegisterExtension static final TestDatabase database = new TestDatabase();
  @RegisterExtension final TestClients clients = new TestClients(database);

  private final ResumableJobs jobs = new ResumableJobs(database, clients);

  record Quote(BigDecimal amount, Instant validUntil, @Nullable String note, List<Integer> parts) {}

  record Place(String region, long lastId) {}

  private final Effects effects = new Effects(database);

  @BeforeEach
  void clearEffects() {
    effects.clear();
  }

  @Test
  void r14_aResultIsRememberedExactly() {
    var quote =
        new Quote(
            new BigDecimal("12345678901234567890.1234567890"),
            Instant.parse("2026-11-23T21:43:46.082855885Z"),
            null,
            List.of(1, 2));
    JobRow job =
        jobs.firstAttempt((steps, context) -> {
          assertThat(steps.step("quote", Quote.class, () -> quote)).isSameAs(quote);
          assertThat(steps.step("nothing", String.class, StepsTest::nothing)).isNull();
          steps.step("later", jobs.failing("later"));
        });

    JobRow next =
        jobs.nextAttempt(
            job.id(),
            (steps, context) -> {
              Quote remembered =
                  steps.step(
                      "quote",
                      Quote.class,
                      () -> {
                        throw new AssertionError("runs again");
                      });
              assertThat(remembered).isEqualTo(quote);
              assertThat(steps.step("nothing", String.class, () -> "runs again")).isNull();
              steps.step("later", jobs.noting("later"));
            });

    assertThat(next.errors()).hasSize(1);
    assertThat(next.state()).isEqualTo(JobState.COMPLETED);
  }

  @Test
  void r14_aValueThatNoLongerDecodesStopsTheJobAndNamesTheStep() {
    JobRow job =
        jobs.firstAttempt((steps, context) -> {
          steps.step("place", Place.class, () -> new Place("eu", 7));
          steps.cursor(
              "load",
              Place.class,
              new Place("eu", 0),
              cursor -> {
                cursor.advance(new Place("us", 5));
                throw new IllegalStateException("load failed");
              });
        });

    record Renamed(String region, long id) {}
    JobRow result =
        jobs.nextAttempt(
            job.id(),
            (steps, context) -> steps.step("place", Renamed.class, () -> new Renamed("never", 0)));
    assertThat(result.errors().getLast().error())
        .contains("result of step 'place'", "job " + job.id(), "Renamed");
    assertThat(result.attempt()).as("attempts used up").isEqualTo(1);

    JobRow cursor =
        jobs.nextAttempt(
            job.id(),
            (steps, context) -> {
              steps.step("place", jobs.noting("never"));
              steps.cursor("load", Long.class, 0L, place -> jobs.notes.add("never"));
            });
    assertThat(cursor.errors().getLast().error()).contains("cursor of step 'load'", "Long");
    assertThat(jobs.notes).isEmpty();
  }

  @Test
  void r9_aNameUsedTwiceIsRefusedBeforeTheSecondRuns() {
    JobRow job =
        jobs.firstAttempt((steps, context) -> {
          for (int page = 0; page < 2; page++) {
            steps.step("page", jobs.noting("page " + page));
          }
        });

    assertThat(jobs.notes).containsExactly("page 0");
    assertThat(job.errors().getFirst().error())
        .contains("'page'", "twice", "Steps.name(\"page\", key)");
  }

  @Test
  void r9_aKeyTellsRepeatedStepsApart() {
    ResumableJobs.Code code =
        (steps, context) -> {
          for (int page = 0; page < 3; page++) {
            int each = page;
            steps.step(
                Steps.name("page", page),
                () -> {
                  jobs.notes.add("page " + each);
                  if (each == 1 && context.job().attempt() == 1) {
                    throw new IllegalStateException("page 1 failed");
                  }
                });
          }
        };

    JobRow job = jobs.firstAttempt(code);
    jobs.nextAttempt(job.id(), code);

    assertThat(jobs.notes).containsExactly("page 0", "page 1", "page 1", "page 2");
  }

  @Test
  void aValueThatPostgresCannotStoreIsRefusedAndNamesTheStep() {
    JobRow job =
        jobs.firstAttempt(
            (steps, context) -> steps.step("zero", String.class, () -> "a \0 character"));

    assertThat(job.errors().getFirst().error()).contains("'zero'", "U+0000");
  }

  @Test
  void stepsAndCursorsMixFreely() {
    ResumableJobs.Code code =
        (steps, context) -> {
          int total = steps.step("count", Integer.class, () -> 3);
          steps.cursor(
              "first",
              Long.class,
              0L,
              cursor -> {
                for (long i = cursor.get() + 1; i <= total; i++) {
                  jobs.notes.add("first " + i);
                  cursor.advance(i);
                  failOnce(context.job().attempt() == 1 && i == 2);
                }
              });
          steps.stepTx("between", connection -> Effects.insert(connection, "between"));
          steps.cursor(
              "second",
              Place.class,
              new Place("eu", 0),
              cursor -> {
                for (long i = cursor.get().lastId() + 1; i <= total; i++) {
                  jobs.notes.add("second " + i);
                  cursor.checkpoint(new Place("eu", i));
                  failOnce(context.job().attempt() == 2 && i == 1);
                }
              });
          steps.step("end", jobs.noting("end"));
        };

    JobRow job = jobs.firstAttempt(code);
    assertThat(job.metadata())
        .contains("\"river:resumable_step\": \"count\"")
        .contains("\"river:resumable_cursor\": {\"first\": 2}");
    job = jobs.nextAttempt(job.id(), code);
    assertThat(job.errors()).hasSize(2);
    assertThat(job.metadata())
        .as(job.toString())
        .contains("\"river:resumable_step\": \"between\"")
        .contains("\"river:resumable_cursor\": {\"second\": {\"lastId\": 1, \"region\": \"eu\"}}");
    job = jobs.nextAttempt(job.id(), code);

    assertThat(job.state()).isEqualTo(JobState.COMPLETED);
    assertThat(jobs.notes)
        .containsExactly(
            "first 1", "first 2", "first 3", "second 1", "second 2", "second 3", "end");
    assertThat(effects.all()).containsExactly("between");
  }

  @Test
  void stepsAreRefusedOutsideOfAJob() {
    JobRow job =
        jobs.firstAttempt((steps, context) -> {
          var failure = new AtomicReference<@Nullable Throwable>();
          Thread other =
              Thread.ofPlatform()
                  .start(() -> {
                    try {
                      steps.step("elsewhere", () -> {});
                    } catch (Exception e) {
                      failure.set(e);
                    }
                  });
          other.join();
          throw new IllegalStateException(Objects.requireNonNull(failure.get()).getMessage());
        });

    assertThat(job.errors().getFirst().error())
        .contains("step 'elsewhere'", "job " + job.id(), "job's own thread");
  }

  @SuppressWarnings("NullAway") // what a caller without nullness checks may do
  private static String nothing() {
    return null;
  }

  private static void failOnce(boolean fails) {
    if (fails) {
      throw new IllegalStateException("failed on purpose");
    }
  }
}
