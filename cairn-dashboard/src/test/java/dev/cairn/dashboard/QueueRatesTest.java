package dev.cairn.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.testing.CairnExtension;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import tools.jackson.databind.JsonNode;

/** How many jobs of a queue complete. */
class QueueRatesTest {
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

  private void completed(String queue, int number, String ago) throws Exception {
    samples.execute(
        """
        INSERT INTO {schema}.river_queue (name, updated_at) VALUES ('%1$s', now())
        ON CONFLICT DO NOTHING;
        INSERT INTO {schema}.river_job (kind, queue, args, state, max_attempts, finalized_at)
        SELECT 'bill', '%1$s', '{}', 'completed', 25, now() - (%3$s) * interval '1 ms'
        FROM generate_series(1, %2$d) AS number
        """
            .formatted(queue, number, ago));
  }

  private double rate(String queue) {
    for (JsonNode each : page.get("/api/queues").ok().json().path("queues")) {
      if (each.path("name").asString().equals(queue)) {
        return each.path("completedASecond").asDouble();
      }
    }
    throw new AssertionError("no " + queue);
  }

  @Test
  void fewJobsAreThoseOfTheLastTenSeconds() throws Exception {
    completed("few", 30, "number");
    completed("earlier", 500, "60000");

    assertThat(rate("few")).isEqualTo(3);
    assertThat(rate("earlier")).isZero();
  }

  /** All five thousand that are looked at have ended within ten seconds, in half a second or so. */
  @Test
  void ofManyJobsTheLastOnesAreLookedAt() throws Exception {
    samples.execute(
        """
        INSERT INTO {schema}.river_queue (name, updated_at) VALUES ('many', now()), ('others', now());
        INSERT INTO {schema}.river_job (kind, queue, args, state, max_attempts, finalized_at)
        SELECT 'bill', (ARRAY['many', 'others'])[1 + number % 2], '{}', 'completed', 25,
          now() - (500 + number / 20.0) * interval '1 ms'
        FROM generate_series(1, 12000) AS number
        """);

    assertThat(rate("many") + rate("others")).isBetween(500.0, 20_000.0);
    assertThat(rate("many")).isCloseTo(rate("others"), Percentage.withPercentage(20));
  }
}
