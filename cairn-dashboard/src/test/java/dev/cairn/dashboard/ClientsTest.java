package dev.cairn.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.testing.CairnExtension;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import tools.jackson.databind.JsonNode;

/** More clients than a page lists. */
class ClientsTest {
  @RegisterExtension static final CairnExtension cairn = new CairnExtension();

  private static List<String> ids(JsonNode answer) {
    return answer.path("clients").valueStream().map(each -> each.path("id").asString()).toList();
  }

  @Test
  void theOneThatIsAskedForIsListedInAnyCase() throws Exception {
    new SampleJobs(cairn.dataSource(), cairn.schema())
        .execute(
            """
            INSERT INTO {schema}.cairn_client (id, timeout, heartbeat_at)
            SELECT 'web-' || n, '1 hour', now() - n * interval '1 second'
            FROM generate_series(1, 1100) AS n
            """);
    try (var dashboard =
        Dashboard.builder(cairn.dataSource())
            .schema(cairn.schema())
            .access(request -> Grant.reader("bob"))
            .build()) {
      var page = new TestPage(dashboard);

      JsonNode all = page.get("/api/clients").ok().json();
      JsonNode one = page.get("/api/clients?id=web-1100").ok().json();
      JsonNode none = page.get("/api/clients?id=web-0").ok().json();

      assertThat(ids(all)).hasSize(1_000).doesNotContain("web-1100");
      assertThat(ids(one)).hasSize(1_000).contains("web-1100").isSorted();
      assertThat(one.path("more").asBoolean()).isTrue();
      assertThat(ids(none)).isEqualTo(ids(all));
    }
  }
}
