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

  private static JsonNode named(JsonNode list, String name) {
    for (JsonNode each : list) {
      if (each.path("name").asString(each.path("queue").asString("")).equals(name)) {
        return each;
      }
    }
    throw new AssertionError("no " + name);
  }

  @Test
  void whatNeedsAPersonSaysThatItIsCountedInPart() throws SQLException {
    new SampleJobs(cairn.dataSource(), cairn.schema())
        .execute(
            "INSERT INTO {schema}.river_queue (name, paused_at, updated_at) VALUES ('zeta', now(), now())"
                + " ON CONFLICT (name) DO NOTHING");

    JsonNode overview = page.get("/api/overview").ok().json();

    JsonNode queue = named(overview.path("queues"), "zeta").path("available");
    assertThat(queue.path("atLeast").asBoolean()).isTrue();
    JsonNode paused = named(overview.path("attention"), "zeta");
    assertThat(paused.path("count")).isEqualTo(queue);
    assertThat(paused.path("text").asString()).contains("133 jobs or more wait in it");
  }

  @Test
  void aQueueBehindThoseThatAreCountedIsNotSaidToBeEmpty() throws SQLException {
    var samples =
        new SampleJobs(cairn.dataSource(), cairn.schema())
            .execute(
                """
                INSERT INTO {schema}.river_job (args, kind, queue, max_attempts, scheduled_at)
                SELECT '{}'::jsonb, 'extra', 'alpha' || (10000 + number), 25, now()
                FROM generate_series(1, 100) AS number
                """)
            .execute(
                """
                INSERT INTO {schema}.river_queue (name, paused_at, updated_at)
                SELECT name, now(), now() FROM (
                  SELECT 'beta' || (10000 + number) AS name FROM generate_series(1, 600) AS number
                  UNION ALL SELECT 'tenant10450') AS names
                ON CONFLICT (name) DO UPDATE SET paused_at = now()
                """);
    try {
      JsonNode queues = page.get("/api/queues").ok().json().path("queues");
      for (String state : new String[] {"available", "running"}) {
        JsonNode count = named(queues, "beta10001").path(state);
        assertThat(count.path("atLeast").asBoolean()).as(state).isTrue();
      }

      JsonNode last =
          page.post("/api/queues/beta10600/acts", "{\"verb\": \"pauseQueue\"}").ok().json();
      assertThat(last.path("queue").path("paused").asBoolean()).isTrue();
      JsonNode other =
          page.post("/api/queues/tenant10450/acts", "{\"verb\": \"pauseQueue\"}").ok().json();
      assertThat(other.path("queue").path("available").path("n").asString()).isEqualTo("1");
      assertThat(other.path("queue").path("running").path("atLeast").asBoolean()).isFalse();
    } finally {
      samples
          .execute("DELETE FROM {schema}.river_queue WHERE name <> 'zeta'")
          .execute("DELETE FROM {schema}.river_job WHERE kind = 'extra'");
    }
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
    for (int i = 0; i < 100 && !next.equals("none"); i++) {
      String after = next.isEmpty() ? "" : "&after=" + next;
      JsonNode list = page.get("/api/jobs?order=time&limit=200" + after).ok().json();
      next = list.path("next").isNull() ? "none" : list.path("next").asString();
      assertThat(list.path("partial").asBoolean()).as("page %d", i).isTrue();
    }

    assertThat(next).as("the list ends").isEqualTo("none");
  }
}
