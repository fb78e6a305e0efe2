package dev.cairn.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.SQLException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** What a search by kind reads does not grow with the number of jobs of that kind. */
class KindReadsTest {
  private static final int JOBS = 400_000;
  private static final int KINDS = 10;

  private static final CountedReads READS =
      new CountedReads(
          """
          SELECT idx_tup_read FROM pg_stat_user_indexes WHERE indexrelname = 'river_job_kind'
          """);

  @BeforeAll
  static void fill() throws SQLException {
    READS.fill(
        """
        INSERT INTO river_job (kind, args, state, max_attempts, finalized_at)
        SELECT 'kind_' || n %% %d, '{}', 'completed', 25, now()
        FROM generate_series(1, %d) AS n
        """
            .formatted(KINDS, JOBS));
  }

  @AfterAll
  static void close() {
    READS.close();
  }

  /** Seen before, with ten million jobs: each search read all half million entries of its kind. */
  @ParameterizedTest
  @ValueSource(strings = {"/api/jobs?kind=kind_3", "/api/jobs/counts?kind=kind_3"})
  void theOtherJobsOfTheKindAreNotRead(String address) throws Exception {
    assertThat(READS.of(address)).isLessThan(JOBS / KINDS);
  }

  private static JsonNode preview(String filter) throws Exception {
    return READS
        .page()
        .post(
            "/api/jobs/acts/preview", "{\"verb\": \"delete\", \"filter\": {%s}}".formatted(filter))
        .ok()
        .json();
  }

  /** With arguments, it is asked for in bites, each of which may take its time. */
  @ParameterizedTest
  @ValueSource(strings = {"\"kind\": \"kind_3\"", "\"kind\": \"kind_3\", \"args\": \"{}\""})
  void aPreviewNamesTheNewestJobsOfAKindWithMany(String filter) throws Exception {
    JsonNode preview = preview(filter);

    assertThat(preview.at("/count/n").asString()).isEqualTo("10000");
    assertThat(preview.at("/count/atLeast").asBoolean()).isTrue();
    assertThat(preview.get("ids")).hasSize(10_000);
    for (int i = 0; i < 10_000; i++) {
      assertThat(preview.get("ids").get(i).asInt()).isEqualTo(JOBS - 7 - KINDS * i);
    }
  }

  /** A preview looks at the newest hundred thousand jobs. Those that are older are not denied. */
  @ParameterizedTest
  @ValueSource(strings = {"", ", \"args\": \"{}\"", ", \"metadata\": \"{}\""})
  void aPreviewThatFindsNothingAmongTheNewestSaysThatThereMayBeOthers(String contents)
      throws Exception {
    JsonNode preview = preview("\"kind\": \"kind_3\", \"tag\": \"old\"" + contents);

    assertThat(preview.at("/count/n").asString()).isEqualTo("0");
    assertThat(preview.at("/count/atLeast").asBoolean()).isTrue();
  }
}
