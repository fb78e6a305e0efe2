package dev.cairn.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.testing.CairnExtension;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import tools.jackson.databind.json.JsonMapper;

/** Whatever somebody put into the database, each view answers, with JSON and within bounds. */
class HostileValuesTest {
  @RegisterExtension static final CairnExtension cairn = new CairnExtension();

  private static Dashboard dashboard;
  private static TestPage page;
  private static SampleJobs samples;

  @BeforeAll
  static void fill() throws Exception {
    samples = new SampleJobs(cairn.dataSource(), cairn.schema());
    HostileJobs.insert(cairn.dataSource(), cairn.schema());
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

  private static void check(String route, TestPage.Answer answer) {
    assertThat(answer.status())
        .as(route + " " + answer.text().substring(0, Math.min(300, answer.text().length())))
        .isEqualTo(200);
    assertThat(answer.json().isObject()).isTrue();
    if (!route.endsWith("openapi.json")) {
      assertThat(answer.text()).doesNotContain("<", "\u2028", "\u2029", "\n");
    }
    assertThat(answer.text().length()).as(route).isLessThan(3_000_000);
    assertThat(answer.headers().get("Content-Type")).startsWith("application/json");
  }

  @Tag("thorough")
  @Test
  void eachViewOfEachJobAnswers() throws Exception {
    long last = samples.number("SELECT max(id) FROM {schema}.river_job");
    for (long id = samples.number("SELECT min(id) FROM {schema}.river_job"); id <= last; id++) {
      for (String part : List.of("", "/args", "/metadata", "/output", "/log")) {
        String path = "/api/jobs/%d%s".formatted(id, part);
        check(path, page.get(path));
      }
    }
  }

  @Test
  void eachListAnswers() {
    for (String route : dashboard.routes()) {
      if (route.startsWith("GET ") && !route.contains("{")) {
        check(route, page.get(route.substring(4)));
      }
    }
    for (String sort : List.of("stalled", "crashes", "quarantined")) {
      check(sort, page.get("/api/jobs?sort=" + sort));
    }
    for (String dir : List.of("asc", "desc")) {
      check(dir, page.get("/api/jobs?order=time&limit=200&dir=" + dir));
    }
  }

  @Test
  void hostileParametersAreValuesAndNothingElse() {
    for (String value : HostileJobs.CORPUS) {
      String encoded = java.net.URLEncoder.encode(value, java.nio.charset.StandardCharsets.UTF_8);
      for (String name : List.of("kind", "queue", "tag")) {
        TestPage.Answer answer = page.get("/api/jobs?" + name + "=" + encoded);
        check(name, answer);
        assertThat(answer.json().path("jobs").size()).as(name + value).isEqualTo(1);
      }
      check("kinds", page.get("/api/kinds?prefix=" + encoded));
      TestPage.Answer found =
          page.post(
              "/api/jobs/search",
              JsonMapper.shared()
                  .writeValueAsString(
                      java.util.Map.of(
                          "args",
                          JsonMapper.shared().writeValueAsString(java.util.Map.of(value, value)))));
      check("search", found);
      assertThat(found.json().path("jobs").size()).as(value).isEqualTo(1);
    }
    assertThat(page.post("/api/jobs/search", "{\"kind\": \"\\uD800\"}").status()).isIn(200, 400);
    assertThat(page.post("/api/jobs/search", "{\"kind\": \"\\u0000\"}").status()).isEqualTo(400);
    assertThat(
            page.post("/api/jobs/search", "{\"args\": \"{\\\"a\\\": \\\"\\\\u0000\\\"}\"}")
                .status())
        .isEqualTo(400);
    String deep = "[".repeat(20_000) + "]".repeat(20_000);
    assertThat(page.post("/api/jobs/search", "{\"kind\": " + deep + "}").status()).isEqualTo(400);
    assertThat(page.post("/api/jobs/search", "{\"args\": \"" + deep + "\"}").status())
        .isEqualTo(400);
  }
}
