package dev.cairn.internal.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.TestDatabase;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;

/**
 * A job that fails reads its errors a few times, however many they are. It read all of them for
 * each of them once, and a job with a hundred large ones took seconds to fail.
 */
class ErrorsCostTest {
  @RegisterExtension static final TestDatabase server = new TestDatabase();

  /** The dimensions, the number of errors at three places, and the errors. */
  private static final int READS_MAX = 6;

  @BeforeEach
  void empty() {
    server.execute("TRUNCATE river_job");
  }

  @ParameterizedTest
  @ValueSource(ints = {19, 20, 100, 250})
  void errorsAreReadAFewTimesHoweverMany(int errors) {
    // Digests, because what can be compressed needs few pages.
    server.execute(
        """
        INSERT INTO river_job (kind, args, max_attempts, errors)
        SELECT 'noop', '{}', 1000, array_agg(jsonb_build_object(
          'at', '2026-11-28T10:15:30Z', 'attempt', n, 'error', 'error ' || n, 'trace',
          (SELECT string_agg(md5(n || '.' || part), '') FROM generate_series(1, 60) AS part)))
        FROM generate_series(1, ?) AS n
        """,
        errors);
    long once = pages("SELECT sum(length(errors::text)) FROM river_job");

    long failing =
        pages("SELECT cardinality(%s) FROM river_job AS job".formatted(Fragments.ERRORS));

    assertThat(once).as("so large that they have pages of their own").isGreaterThan(5);
    assertThat(failing).isLessThan(READS_MAX * once);
  }

  /** The pages that a statement reads, also those that the server has in memory. */
  private static long pages(String sql) {
    var explained =
        JsonMapper.shared()
            .readTree(server.text("EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) " + sql))
            .get(0)
            .get("Plan");
    return explained.get("Shared Hit Blocks").asLong()
        + explained.get("Shared Read Blocks").asLong();
  }
}
