package dev.cairn.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.testing.CairnExtension;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import tools.jackson.databind.JsonNode;

/** When things have happened to a job, as its page tells it. */
class JobHistoryTest {
  @RegisterExtension static final CairnExtension cairn = new CairnExtension();

  private final Dashboard dashboard =
      Dashboard.builder(cairn.dataSource())
          .schema(cairn.schema())
          .access(request -> Grant.operator("ada"))
          .build();
  private final TestPage page = new TestPage(dashboard);
  private final SampleJobs samples = new SampleJobs(cairn.dataSource(), cairn.schema());

  @AfterEach
  void close() {
    dashboard.close();
  }

  private static String error(String began, int attempt, String text) {
    return "jsonb_build_object('at', to_char((%s) AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"'), 'attempt', %d, 'error', '%s', 'trace', '')"
        .formatted(began, attempt, text);
  }

  /** A job that began its last attempt two hours ago. */
  private long job(String state, String finalizedAt, String metadata, String... errors)
      throws Exception {
    return samples.number(
        """
        INSERT INTO {schema}.river_job (kind, args, metadata, state, attempt, max_attempts, errors, attempted_by,
          created_at, attempted_at, finalized_at)
        VALUES ('import_prices', '{}', %s, '%s', 2, 25, ARRAY[%s]::jsonb[], ARRAY['web-1', 'web-2'],
          now() - interval '5 hours', now() - interval '2 hours', %s) RETURNING id
        """
            .formatted(metadata, state, String.join(", ", errors), finalizedAt));
  }

  private JsonNode page(long id) {
    return page.get("/api/jobs/" + id).ok().json();
  }

  private static List<JsonNode> marks(JsonNode page, String kind) {
    return StreamSupport.stream(page.path("marks").spliterator(), false)
        .filter(mark -> mark.path("kind").asString().equals(kind))
        .toList();
  }

  private static void isAgo(JsonNode time, JsonNode page, Duration ago) {
    assertThat(
            Duration.between(
                Instant.parse(time.asString()), Instant.parse(page.path("now").asString())))
        .isCloseTo(ago, Duration.ofMinutes(1));
  }

  @Test
  void aJobHasFailedAtItsEndAndNotWhenTheAttemptBegan() throws Exception {
    JsonNode page =
        page(
            job(
                "discarded",
                "now() - interval '10 minutes'",
                "'{}'",
                error("now() - interval '4 hours'", 1, "no such file"),
                error("now() - interval '2 hours'", 2, "the disk is full")));

    assertThat(marks(page, "failed")).hasSize(1);
    isAgo(marks(page, "failed").getFirst().path("at"), page, Duration.ofMinutes(10));
    assertThat(marks(page, "failed").getFirst().path("text").asString())
        .isEqualTo("the disk is full");
    // Of the first attempt only the beginning is known.
    assertThat(marks(page, "began")).hasSize(1);
    isAgo(marks(page, "began").getFirst().path("at"), page, Duration.ofHours(4));
    assertThat(marks(page, "began").getFirst().path("text").asString())
        .isEqualTo("Attempt 1 began. It failed later: no such file");
    assertThat(marks(page, "claimed")).hasSize(1);
    JsonNode errors = page.path("job").path("errors");
    isAgo(errors.get(0).path("at"), page, Duration.ofHours(4));
    assertThat(errors.get(0).path("endedAt").isNull()).isTrue();
    isAgo(errors.get(1).path("at"), page, Duration.ofHours(2));
    isAgo(errors.get(1).path("endedAt"), page, Duration.ofMinutes(10));
  }

  @Test
  void aJobThatIsTriedAgainHasNoTimeOfFailure() throws Exception {
    JsonNode page =
        page(job("retryable", "NULL", "'{}'", error("now() - interval '2 hours'", 2, "no")));

    assertThat(marks(page, "failed")).isEmpty();
    assertThat(page.path("job").path("errors").get(0).path("endedAt").isNull()).isTrue();
  }

  @Test
  void anErrorThatSpeaksOfDeathIsNoCrash() throws Exception {
    JsonNode page =
        page(
            job(
                "discarded",
                "now()",
                "'{}'",
                error("now() - interval '2 hours'", 2, "the child process died")));

    assertThat(marks(page, "failed")).hasSize(1);
    assertThat(marks(page, "crashed")).isEmpty();
  }

  @Test
  void aStuckJobWasTakenAwayAtTheTimeOfItsError() throws Exception {
    JsonNode page =
        page(
            job(
                "retryable",
                "NULL",
                "'{}'",
                error("now() - interval '1 hour'", 2, "Stuck job rescued by JobRescuer")));

    assertThat(marks(page, "crashed")).hasSize(1);
    isAgo(marks(page, "crashed").getFirst().path("at"), page, Duration.ofHours(1));
    JsonNode error = page.path("job").path("errors").get(0);
    assertThat(error.path("at").isNull()).isTrue();
    isAgo(error.path("endedAt"), page, Duration.ofHours(1));
  }

  @Test
  void takeoversAreMarksWithTheClientThatHadTheJob() throws Exception {
    JsonNode page =
        page(
            job(
                "running",
                "NULL",
                """
                jsonb_build_object('cairn:takeovers', jsonb_build_array(
                  jsonb_build_object('at', to_char((now() - interval '3 hours') AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
                    'client', 'web-1',
                    'claimed', to_char((now() - interval '4 hours') AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')),
                  'nonsense', jsonb_build_object('at', 5)))
                """));

    assertThat(marks(page, "crashed")).hasSize(1);
    isAgo(marks(page, "crashed").getFirst().path("at"), page, Duration.ofHours(3));
    assertThat(marks(page, "crashed").getFirst().path("text").asString())
        .isEqualTo("Client web-1 was found dead, and the job was taken over");
    assertThat(marks(page, "claimed")).hasSize(2);
    isAgo(marks(page, "claimed").getFirst().path("at"), page, Duration.ofHours(4));
  }

  private static String takeover(String at, String claimed) {
    return """
    jsonb_build_object('cairn:takeovers', jsonb_build_array(jsonb_build_object(
      'at', to_char((%s) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
      'client', 'web-2',
      'claimed', to_char((%s) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))))
    """
        .formatted(at, claimed);
  }

  @Test
  void aDeathThatEndedAJobIsOneMark() throws Exception {
    JsonNode page =
        page(
            job(
                "discarded",
                "now() - interval '10 minutes'",
                takeover("now() - interval '10 minutes'", "now() - interval '2 hours'"),
                error(
                    "now() - interval '2 hours'",
                    2,
                    "The client web-2 died while it worked this job. Deaths in a row: 20")));

    assertThat(marks(page, "crashed")).hasSize(1);
    assertThat(marks(page, "claimed")).hasSize(1);
  }

  @Test
  void aJobThatWaitsAfterATakeoverWasClaimedOnce() throws Exception {
    JsonNode page =
        page(
            job(
                "available",
                "NULL",
                takeover("now() - interval '1 hour'", "now() - interval '2 hours'")));

    assertThat(marks(page, "crashed")).hasSize(1);
    assertThat(marks(page, "claimed")).hasSize(1);
  }

  @Test
  void theCurveOfAJobThatNobodyHasWatchedBeginsWhereItStandsStill() throws Exception {
    long id = job("running", "NULL", "'{}'");
    samples.execute(
        """
        INSERT INTO {schema}.cairn_checkpoint (job_id, name, position, finished, value, claimed_at, sequence, attempt,
          started_at, saved_at, spent_ms, done, total)
        SELECT id, 'read', 1, false, '5', attempted_at, 1, 2, attempted_at, now() - interval '90 minutes', 1000, 5, 10
        FROM {schema}.river_job WHERE id = %d
        """
            .formatted(id));

    JsonNode page = page(id);

    assertThat(page.path("curve").size()).isEqualTo(2);
    isAgo(page.path("curve").get(0).path("at"), page, Duration.ofMinutes(90));
    assertThat(page.path("curve").get(0).path("done").asString()).isEqualTo("5");
    assertThat(page.path("curve").get(1).path("done").asString()).isEqualTo("5");
  }
}
