package dev.cairn;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A job that fails for ever has a row of a bounded size. */
class ErrorsKeptTest {
  private static final int KEPT = 100;
  private static final int FIRST = 10;

  @RegisterExtension static final TestDatabase database = new TestDatabase();
  @RegisterExtension final TestClients clients = new TestClients(database);

  @JobKind("other")
  record Other(String text) {}

  private static long jobWithErrors(String kind, int errors) {
    return database.number(
        """
        INSERT INTO %s.river_job (kind, args, max_attempts, errors)
        SELECT '%s', '{"name": "Ada", "times": 1}', 1000, array_agg(jsonb_build_object(
          'at', '2026-11-28T10:15:30Z', 'attempt', n, 'error', 'error ' || n, 'trace', '') ORDER BY n)
        FROM generate_series(1, %d) AS n
        RETURNING id
        """
            .formatted(database.schema(), kind, errors));
  }

  private static List<String> numbered(int from, int to) {
    return IntStream.rangeClosed(from, to).mapToObj(n -> "error " + n).toList();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 98, 99, 100, 101, 250})
  void theFirstAndTheLastErrorsAreKept(int before) {
    clients.start(Other.class, (job, context) -> {}, options -> options.retryPolicy(never()));

    long id = jobWithErrors("greet", before);

    clients.awaitJob(id, row -> assertThat(row.errors().getLast().error()).contains("no worker"));
    JobRow job = clients.inserter().jobs().find(id).orElseThrow();
    List<String> past =
        job.errors().subList(0, job.errors().size() - 1).stream().map(AttemptError::error).toList();
    if (before < KEPT) {
      assertThat(past).isEqualTo(numbered(1, before));
    } else {
      assertThat(past).hasSize(KEPT - 1);
      assertThat(past.subList(0, FIRST)).isEqualTo(numbered(1, FIRST));
      assertThat(past.subList(FIRST, KEPT - 1))
          .isEqualTo(numbered(before - KEPT + FIRST + 2, before));
    }
  }

  /** Looks at the state alone, because the errors are megabytes. */
  private static void awaitFailure(long id) {
    Awaitility.await()
        .atMost(Duration.ofMinutes(1))
        .until(() ->
            database.number(
                    "SELECT count(*) FROM %s.river_job WHERE id = %d AND state = 'retryable'"
                        .formatted(database.schema(), id))
                == 1);
  }

  /** A hundred traces of 60 KB were six megabytes, which each failure read and wrote. */
  @Tag("thorough")
  @ParameterizedTest
  @ValueSource(ints = {5, 19, 20, 21, 60, 100, 250})
  void betweenTheFirstTenAndTheLastTenOnlySmallErrorsAreKeptWhole(int before) {
    String trace = "x".repeat(60_000);
    long id = jobWithErrors("greet", before);
    database.execute(
        """
        UPDATE river_job SET errors = (
          SELECT array_agg(CASE WHEN number % 3 = 0 THEN error || '{"trace": "small"}'
            ELSE error || jsonb_build_object('trace', ?::text, 'error', ? || (error ->> 'error')) END
            ORDER BY number)
          FROM unnest(errors) WITH ORDINALITY AS past (error, number))
        WHERE id = ?
        """,
        trace, "m".repeat(1_500), id);

    clients.start(Other.class, (job, context) -> {}, options -> options.retryPolicy(never()));
    awaitFailure(id);

    List<AttemptError> errors = clients.inserter().jobs().find(id).orElseThrow().errors();
    int size = errors.size();
    for (int index = 0; index < size - 1; index++) {
      AttemptError error = errors.get(index);
      boolean isWhole = index < FIRST || index >= size - 10;
      if (error.trace().equals("small")) {
        assertThat(error.error()).startsWith("error ");
      } else if (isWhole) {
        assertThat(error.trace()).isEqualTo(trace);
        assertThat(error.error()).startsWith("m").contains("error ");
      } else {
        assertThat(error.trace()).isEmpty();
        assertThat(error.error()).isEqualTo("m".repeat(1_000));
      }
      assertThat(error.attempt()).as("its number is kept").isPositive();
    }
    assertThat(errors.stream().filter(error -> error.trace().length() == 60_000))
        .hasSizeLessThanOrEqualTo(20);
  }

  /** Seen in a soak: jobs of an unknown kind had thousands, and each failure wrote all of them. */
  @Test
  void aJobThatFailsForEverHasNoMoreThanAHundredErrors() {
    clients.start(
        Other.class,
        (job, context) -> {},
        options -> options.retryPolicy((job, failures) -> Duration.ZERO));
    long id = jobWithErrors("greet", KEPT - 5);

    clients.awaitJob(
        id,
        row ->
            assertThat(row.errors().stream().filter(each -> each.error().contains("no worker")))
                .hasSizeGreaterThan(KEPT - FIRST - 5));

    JobRow job = clients.inserter().jobs().find(id).orElseThrow();
    assertThat(job.errors()).hasSize(KEPT);
    assertThat(job.attempt()).as("attempts used up").isLessThanOrEqualTo(1);
  }

  private static RetryPolicy never() {
    return (job, failures) -> Duration.ofDays(1);
  }
}
