package dev.cairn.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.migrate.MigrationLine;
import dev.cairn.testing.CairnExtension;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.postgresql.ds.PGSimpleDataSource;
import tools.jackson.databind.JsonNode;

/** What the checks of {@code ./cairn doctor} find is told by the API. */
class HealthApiTest {
  @RegisterExtension static final CairnExtension cairn = new CairnExtension();

  private static Dashboard dashboard(Grant grant) {
    return Dashboard.builder(cairn.dataSource())
        .schema(cairn.schema())
        .access(request -> grant)
        .build();
  }

  private static JsonNode finding(JsonNode health, String check) {
    for (JsonNode each : health.path("findings")) {
      if (each.path("check").asString().equals(check)) {
        return each;
      }
    }
    throw new AssertionError("nothing of " + check + " in " + health);
  }

  @Test
  void aReaderSeesWhatIsWrongAndWhatToDo() throws Exception {
    new SampleJobs(cairn.dataSource(), cairn.schema())
        .execute(
            """
            INSERT INTO {schema}.river_queue (name, updated_at, paused_at)
            VALUES ('it''s paused', now(), now())
            """);
    try (var dashboard = dashboard(Grant.reader("rita"))) {
      JsonNode health = new TestPage(dashboard).get("/api/health").ok().json();

      assertThat(health.path("level").asString()).isEqualTo("problem");
      JsonNode queue = finding(health, "queues");
      assertThat(queue.path("level").asString()).isEqualTo("note");
      assertThat(queue.path("what").asString()).startsWith("queue it's paused has been paused");
      assertThat(queue.path("todo").asString())
          .isEqualTo("./cairn queues resume 'it'\\''s paused' --schema " + cairn.schema());
      assertThat(finding(health, "leader").path("what").asString()).startsWith("no client leads");
      List<String> levels = new ArrayList<>();
      health.path("findings").forEach(each -> levels.add(each.path("level").asString()));
      assertThat(levels)
          .isSortedAccordingTo((one, other) -> order(one) - order(other))
          .contains("problem", "ok");
      JsonNode cairnLine = health.path("versions").get(1);
      assertThat(cairnLine.path("line").asString()).isEqualTo("cairn");
      assertThat(cairnLine.path("version").asInt()).isEqualTo(MigrationLine.CAIRN.newestVersion());
    }
  }

  private static int order(String level) {
    return List.of("problem", "warning", "note", "ok").indexOf(level);
  }

  @Test
  void aReaderDoesNotSeeWhereTheDatabaseIs() throws Exception {
    var wrong = new PGSimpleDataSource();
    try (var free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      wrong.setUrl("jdbc:postgresql://localhost:%d/place".formatted(free.getLocalPort()));
    }
    wrong.setUser("secret");
    wrong.setPassword("secret");
    try (var dashboard = Dashboard.builder(wrong).access(request -> Grant.reader("rita")).build()) {
      TestPage.Answer answer = new TestPage(dashboard).get("/api/health").ok();

      assertThat(finding(answer.json(), "connection").path("what").asString())
          .isEqualTo("the database does not answer (SQLSTATE 08001)");
      assertThat(answer.text())
          .doesNotContain(
              "localhost", "place", "secret", String.valueOf(wrong.getPortNumbers()[0]));
    }
  }

  @Test
  void theSameIsToldForAMinute() {
    try (var dashboard = dashboard(Grant.reader("rita"))) {
      var page = new TestPage(dashboard);
      JsonNode first = page.get("/api/health").ok().json();

      assertThat(page.get("/api/health").ok().json().path("at")).isEqualTo(first.path("at"));
      assertThat(page.get("/api/health?again=perhaps").status()).isEqualTo(400);
    }
  }
}
