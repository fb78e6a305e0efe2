package dev.cairn.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.testing.CairnExtension;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import tools.jackson.databind.JsonNode;

/** More queues than a list by time searches, and many jobs in the last of them. */
class ManyQueuesTest {
  @RegisterExtension static final CairnExtension cairn = new CairnExtension();

  private static Dashboard dashboard;
  private static TestPage page;

  @BeforeAll
  static void fill() throws SQLException {
    try (Connection connection = cairn.dataSource().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(
          """
          INSERT INTO %1$s.river_job (args, kind, queue, max_attempts, scheduled_at)
          SELECT '{}'::jsonb, 'tenant', 'tenant' || (10000 + number), 25, now()
          FROM generate_series(1, 450) AS number
          UNION ALL
          SELECT '{}'::jsonb, 'last', 'zeta', 25, now() FROM generate_series(1, 10001)
          """
              .formatted(cairn.schema()));
    }
    dashboard =
        Dashboard.builder(cairn.dataSource())
            .schema(cairn.schema())
            .access(request -> Grant.operator("ada"))
            .build();
    page = new TestPage(dashboard);
  }

  @AfterAll
  static void close() {
    dashboard.close();
  }

  @Test
  void jobsOfTheLastQueueAreInItsListByTime() {
    JsonNode list = page.get("/api/jobs?order=time&queue=zeta&limit=50").ok().json();

    assertThat(list.path("jobs")).hasSize(50);
    assertThat(list.path("jobs").get(0).path("queue").asString()).isEqualTo("zeta");
    assertThat(list.path("next").isNull()).isFalse();
  }

  @Test
  void aQueueThatIsNamedTwiceIsListedOnce() {
    JsonNode list =
        page.get(
                "/api/jobs?order=time&queue=tenant10001&queue=tenant10001&queue=zeta&state=available")
            .ok()
            .json();

    assertThat(list.path("jobs"))
        .extracting(job -> job.path("id").asString())
        .doesNotHaveDuplicates();
  }

  @Test
  void aListOfAllQueuesSaysThatItIsNotComplete() {
    String next = "";
    boolean partial = false;
    for (int i = 0; i < 100 && !next.equals("none"); i++) {
      String after = next.isEmpty() ? "" : "&after=" + next;
      JsonNode list = page.get("/api/jobs?order=time&limit=200" + after).ok().json();
      next = list.path("next").isNull() ? "none" : list.path("next").asString();
      partial = list.path("partial").asBoolean();
    }

    assertThat(next).as("the list ends").isEqualTo("none");
    assertThat(partial).isTrue();
  }
}
