package dev.cairn.resumable;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.Cairn;
import dev.cairn.JobRow;
import dev.cairn.JobState;
import dev.cairn.TestClients;
import dev.cairn.TestDatabase;
import dev.cairn.spi.JacksonCodec;
import dev.cairn.spi.JsonCodec;
import java.lang.reflect.Type;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.Period;
import java.time.ZonedDateTime;
import java.util.ArrayList;
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

  /** What a job may have done so far. */
  sealed interface Stage {
    record Waiting() implements Stage {}

    record Loading(long row, ZonedDateTime since) implements Stage {}

    record Nested(Stage inner, List<Stage> earlier) implements Stage {}
  }

  record Times(
      Instant instant,
      OffsetDateTime withOffset,
      ZonedDateTime withZone,
      LocalDateTime local,
      LocalDate date,
      LocalTime time,
      Duration duration,
      Period period) {
    static Times of(ZonedDateTime time) {
      return new Times(
          time.toInstant(),
          time.toOffsetDateTime(),
          time,
          time.toLocalDateTime(),
          time.toLocalDate(),
          time.toLocalTime(),
          Duration.ofSeconds(-1, time.getNano()),
          Period.of(1, 14, 40));
    }
  }

  private static final ZonedDateTime SINCE =
      ZonedDateTime.parse("2026-07-01T02:30:00.123456789+13:45[Pacific/Chatham]");

  /** Remembers a value as a result and as a cursor; what the next attempt finds. */
  private <T> List<T> remembered(Class<T> type, T initial, T value) {
    JobRow job =
        jobs.firstAttempt((steps, context) -> {
          steps.step("result", type, () -> value);
          steps.cursor(
              "cursor",
              type,
              initial,
              cursor -> {
                cursor.advance(value);
                throw new IllegalStateException("stopped");
              });
        });
    var found = new ArrayList<T>();
    JobRow next =
        jobs.nextAttempt(
            job.id(),
            (steps, context) -> {
              found.add(steps.step("result", type, () -> initial));
              steps.cursor("cursor", type, initial, cursor -> found.add(cursor.get()));
            });
    assertThat(next.state()).as(next.errors().toString()).isEqualTo(JobState.COMPLETED);
    return found;
  }

  @Test
  void r14_timesKeepTheirNanosecondsOffsetsAndZones() {
    Times times = Times.of(SINCE);
    Times none = Times.of(SINCE.minusYears(1));

    assertThat(remembered(Times.class, none, times)).containsExactly(times, times);
    assertThat(remembered(OffsetDateTime.class, OffsetDateTime.MIN, times.withOffset()))
        .containsExactly(times.withOffset(), times.withOffset());
  }

  @Test
  void r14_recordsOfASealedTypeAreReadBackAsWhatTheyWere() {
    var waiting = new Stage.Waiting();
    var loading = new Stage.Loading(7, SINCE);
    var nested = new Stage.Nested(loading, List.of(waiting, loading));

    for (Stage stage : List.of(loading, nested)) {
      assertThat(remembered(Stage.class, waiting, stage)).containsExactly(stage, stage);
    }
    assertThat(remembered(Stage.Loading.class, new Stage.Loading(0, SINCE), loading))
        .containsExactly(loading, loading);
  }

  /** A codec of the user's own, which turns texts around. */
  private record Mirror(JsonCodec jackson) implements JsonCodec {
    @Override
    public String encode(@Nullable Object value) {
      return jackson.encode(value instanceof String text ? reversed(text) : value);
    }

    @Override
    public <T> T decode(String json, Class<T> type) {
      return jackson.decode(json, type);
    }

    @Override
    public @Nullable Object decodeExactly(String json, Type type) {
      Object value = jackson.decodeExactly(json, type);
      return value instanceof String text ? reversed(text) : value;
    }

    private static String reversed(String text) {
      return new StringBuilder(text).reverse().toString();
    }
  }

  @Test
  void r14_aCodecOfTheUsersWritesAndReadsResultsAndCursors() {
    Cairn client =
        jobs.start(
            (steps, context) -> {
              jobs.notes.add(steps.step("result", String.class, () -> "abc"));
              steps.cursor(
                  "cursor",
                  String.class,
                  "",
                  cursor -> {
                    jobs.notes.add(cursor.get());
                    cursor.checkpoint("xyz");
                    jobs.notes.add(jobs.savedValue(context.job().id(), "cursor"));
                    if (jobs.notes.size() < 4) {
                      throw context.yieldNow("of its own accord");
                    }
                  });
            },
            builder -> builder.codec(new Mirror(JacksonCodec.create())));

    clients.await(jobs.insert(client), JobState.COMPLETED);

    assertThat(jobs.notes).containsExactly("abc", "", "\"zyx\"", "abc", "xyz", "\"zyx\"");
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
