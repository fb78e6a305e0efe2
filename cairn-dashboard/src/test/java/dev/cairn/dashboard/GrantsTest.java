package dev.cairn.dashboard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.cairn.testing.CairnExtension;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import tools.jackson.databind.JsonNode;

/** Who may see and do what. */
class GrantsTest {
  @RegisterExtension static final CairnExtension cairn = new CairnExtension();

  private volatile Grant grant = Grant.nobody();
  private volatile boolean fails;
  private final Dashboard dashboard =
      Dashboard.builder(cairn.dataSource())
          .schema(cairn.schema())
          .access(request -> {
            if (fails) {
              throw new IllegalStateException("the directory of users is away");
            }
            return grant;
          })
          .build();
  private final TestPage page = new TestPage(dashboard);

  @AfterEach
  void close() {
    dashboard.close();
  }

  private long job() throws Exception {
    var samples =
        new SampleJobs(cairn.dataSource(), cairn.schema()).insert(5, "discarded", "available");
    long id = samples.newest("discarded");
    samples.furnish(id);
    return id;
  }

  private TestPage.Answer call(String route, long id) {
    String[] parts = route.split(" ", -1);
    String path = parts[1].replace("{id}", Long.toString(id)).replace("{name}", "default");
    if (parts[0].equals("GET")) {
      return page.get(path);
    }
    if (path.equals("/api/jobs")) {
      return page.post(path, "{\"kind\": \"bill\"}");
    }
    String verb = path.contains("queues") ? "pauseQueue" : "retry";
    String rest =
        (path.endsWith("/acts") && path.contains("jobs/acts")) || path.endsWith("preview")
            ? ", \"ids\": [\"%d\"]".formatted(id)
            : "";
    return page.post(
        path, path.endsWith("search") ? "{}" : "{\"verb\": \"%s\"%s}".formatted(verb, rest));
  }

  private static boolean isAct(String route) {
    return route.contains("/acts") || route.equals("POST /api/jobs");
  }

  @Test
  void nobodySeesAnything() throws Exception {
    long id = job();
    for (String route : dashboard.routes()) {
      TestPage.Answer answer = call(route, id);
      assertThat(answer.status()).as(route).isEqualTo(401);
      assertThat(answer.text()).doesNotContain("resize_image", "geheim", "web-");
    }
  }

  @Test
  void aFailingAccessLetsNobodyIn() throws Exception {
    grant = Grant.operator("ada");
    fails = true;
    for (String route : dashboard.routes()) {
      assertThat(call(route, 1).status()).as(route).isEqualTo(401);
    }
  }

  @Test
  void aReaderSeesAllButArgumentsAndChangesNothing() throws Exception {
    long id = job();
    grant = Grant.reader("rita");
    String before = state(id);
    for (String route : dashboard.routes()) {
      TestPage.Answer answer = call(route, id);
      assertThat(answer.status()).as(route + answer.text()).isEqualTo(isAct(route) ? 403 : 200);
      if (!route.endsWith("openapi.json")) {
        assertThat(answer.text())
            .as(route)
            .doesNotContain("geheim", "Zeile", "12345678901234567890", "{\\\"line\\\"");
      }
    }
    assertThat(state(id)).isEqualTo(before);
    assertThat(page.post("/api/jobs/search", "{\"args\": \"{}\"}").status()).isEqualTo(403);
    assertThat(page.post("/api/jobs/search", "{\"metadata\": \"{}\"}").status()).isEqualTo(403);
    assertThat(page.get("/api/jobs/%d/args".formatted(id)).json().path("hidden").asBoolean())
        .isTrue();
    JsonNode verbs = page.get("/api/jobs/" + id).json().path("verbs");
    verbs.forEach(verb -> assertThat(verb.path("allowed").asBoolean()).isFalse());
  }

  private String state(long id) {
    return cairn.client().jobs().find(id).orElseThrow().toString();
  }

  @Test
  void anOperatorWithoutArgumentsActsAndDoesNotSeeThem() throws Exception {
    long id = job();
    grant = Grant.operator("olga").withArguments(false);
    for (String route : dashboard.routes()) {
      TestPage.Answer answer = call(route, id);
      if (!isAct(route)) {
        assertThat(answer.status()).as(route).isEqualTo(200);
      }
      assertThat(answer.status()).as(route + answer.text()).isNotIn(401, 403);
      assertThat(answer.text()).as(route).doesNotContain("Zeile", "12345678901234567890");
    }
  }

  @Test
  void eachVerbIsGrantedByItself() throws Exception {
    long id = job();
    Map<Verb, Integer> statuses = new HashMap<>();
    for (Verb granted : List.of(Verb.RETRY, Verb.DELETE)) {
      grant = Grant.reader("rita").withVerbs(granted);
      for (Verb verb : List.of(Verb.PAUSE, Verb.CANCEL, Verb.RESTART, Verb.REDRIVE)) {
        statuses.put(
            verb,
            page.post(
                    "/api/jobs/%d/acts".formatted(id), "{\"verb\": \"%s\"}".formatted(verb.label()))
                .status());
      }
    }
    assertThat(statuses.values()).containsOnly(403);
    grant = Grant.reader("rita").withVerbs(Verb.RETRY);
    assertThat(page.post("/api/jobs/%d/acts".formatted(id), "{\"verb\": \"retry\"}").status())
        .isEqualTo(200);
  }

  @Test
  void aDashboardIsClosedUnlessSomebodyOpensIt() {
    assertThatIllegalStateException()
        .isThrownBy(() -> Dashboard.builder(cairn.dataSource()).build())
        .withMessageContaining("CAIRN-710");
  }

  @Test
  void aGrantIsOfSomebody() {
    assertThatIllegalArgumentException().isThrownBy(() -> Grant.reader(" "));
    assertThatIllegalArgumentException().isThrownBy(() -> Grant.operator("x".repeat(201)));
    assertThatIllegalStateException().isThrownBy(() -> Grant.nobody().withVerbs(Verb.RETRY));
    assertThat(Grant.operator("a")).isEqualTo(Grant.operator("a")).isNotEqualTo(Grant.reader("a"));
  }

  @Test
  void thePageItselfHoldsNoDataAndNeedsNoGrant() {
    for (String path : List.of("/", "/jobs/12", "/queues")) {
      TestPage.Answer answer = page.get(path);
      assertThat(answer.status()).isEqualTo(200);
      assertThat(answer.headers())
          .containsEntry("X-Content-Type-Options", "nosniff")
          .containsEntry("Cache-Control", "no-store")
          .containsEntry("Referrer-Policy", "no-referrer")
          .containsEntry("X-Frame-Options", "DENY");
      assertThat(answer.headers().get("Content-Security-Policy"))
          .contains("default-src 'none'", "frame-ancestors 'none'")
          .doesNotContain("unsafe");
    }
    assertThat(page.get("/assets/nothing.js").status()).isEqualTo(404);
    for (String outside :
        List.of("/assets/../openapi.json", "/assets/%2e%2e/openapi.json", "/login?token=x")) {
      assertThat(page.get(outside).text()).as(outside).doesNotContain("operationId");
    }
  }
}
