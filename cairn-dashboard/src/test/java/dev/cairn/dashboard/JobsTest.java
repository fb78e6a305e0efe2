package dev.cairn.dashboard;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.testing.CairnExtension;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** Lists and searches of ten thousand jobs. */
class JobsTest {
  @RegisterExtension static final CairnExtension cairn = new CairnExtension();

  private static final int JOBS = 10_500;

  private static volatile Grant grant = Grant.operator("ada");
  private static SampleJobs samples;
  private static Dashboard dashboard;
  private static TestPage page;

  @BeforeAll
  static void fill() throws Exception {
    samples =
        new SampleJobs(cairn.dataSource(), cairn.schema())
            .insert(
                JOBS,
                "completed",
                "available",
                "available",
                "discarded",
                "cancelled",
                "retryable",
                "scheduled",
                "pending",
                "running");
    samples.furnish(samples.newest("discarded"));
    dashboard =
        Dashboard.builder(cairn.dataSource())
            .schema(cairn.schema())
            .access(request -> grant)
            .build();
    page = new TestPage(dashboard);
  }

  @AfterAll
  static void close() {
    dashboard.close();
  }

  private static List<String> ids(JsonNode page) {
    var ids = new ArrayList<String>();
    page.path("jobs").forEach(job -> ids.add(job.path("id").asString()));
    return ids;
  }

  /** All pages of a list. */
  private static List<String> all(String address) {
    var all = new ArrayList<String>();
    String next = "";
    for (int i = 0; i < 300; i++) {
      JsonNode json = page.get(address + (next.isEmpty() ? "" : "&after=" + next)).ok().json();
      all.addAll(ids(json));
      if (json.path("next").isNull()) {
        return all;
      }
      next = json.path("next").asString();
    }
    throw new AssertionError("no last page of " + address);
  }

  @Test
  void pagesHoldEachJobOnceAndInOrder() throws Exception {
    List<String> all = all("/api/jobs?limit=200");

    assertThat(all).hasSize((int) samples.number("SELECT count(*) FROM {schema}.river_job"));
    assertThat(all)
        .isSortedAccordingTo((a, b) -> Long.compare(Long.parseLong(b), Long.parseLong(a)));
    assertThat(all("/api/jobs?limit=200&dir=asc")).isEqualTo(all.reversed());
  }

  @Test
  void pagesByTimeHoldEachJobOnce() throws Exception {
    for (String state : List.of("completed", "available", "scheduled", "running")) {
      long number =
          samples.number(
              "SELECT count(*) FROM {schema}.river_job WHERE state = '%s'".formatted(state));

      List<String> all = all("/api/jobs?order=time&limit=200&state=" + state);

      assertThat(all).as(state).hasSize((int) number);
      assertThat(new HashSet<>(all)).as(state).hasSize((int) number);
    }
  }

  @Tag("thorough")
  @Test
  void pagesByTimeOfAllStatesHoldEachJobOnce() {
    List<String> all = all("/api/jobs?order=time&limit=200");

    assertThat(all).hasSize(JOBS);
    assertThat(new HashSet<>(all)).hasSize(JOBS);
  }

  @Test
  void filtersAreCombined() throws Exception {
    long number =
        samples.number(
            """
            SELECT count(*) FROM {schema}.river_job
            WHERE state IN ('discarded', 'retryable') AND kind = 'bill' AND queue = 'mail'
              AND 'tag3' = ANY (tags) AND priority IN (1, 4)
            """);

    assertThat(number).isPositive();
    assertThat(
            all(
                "/api/jobs?state=discarded&state=retryable&kind=bill&queue=mail&tag=tag3&priority=1&priority=4&limit=7"))
        .hasSize((int) number);
  }

  @Test
  void timesAreHalfOpen() throws Exception {
    long id = samples.newest("completed");
    JsonNode job = page.get("/api/jobs?id=" + id).ok().json().path("jobs").get(0);
    String created = encoded(job.path("createdAt").asString());

    assertThat(ids(page.get("/api/jobs?id=%d&createdFrom=%s".formatted(id, created)).json()))
        .hasSize(1);
    assertThat(ids(page.get("/api/jobs?id=%d&createdTo=%s".formatted(id, created)).json()))
        .isEmpty();
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  @Test
  void aSearchThatIsNotUnderstoodFindsNothing() {
    for (String wrong :
        List.of(
            "{\"args\": {\"customer\": 1}}",
            "{\"kinds\": [\"bill\"]}",
            "{\"kind\": null}",
            "{\"kind\": [null]}",
            "{\"kind\": [\"\"]}",
            "{\"createdFrom\": \"\"}")) {
      assertThat(page.post("/api/jobs/search", wrong).status()).as(wrong).isEqualTo(400);
    }
  }

  @Test
  void aParameterThatIsNotUnderstoodIsNamed() {
    for (String path :
        List.of(
            "/api/jobs?kid=bill",
            "/api/jobs/counts?kid=bill",
            "/api/queues?kid=1",
            "/api/jobs/1?kid=1")) {
      TestPage.Answer answer = page.get(path);
      assertThat(answer.status()).as(path).isEqualTo(400);
      assertThat(answer.json().path("error").path("message").asString())
          .startsWith("This path has no parameter 'kid'.");
    }
    for (String path :
        List.of("/api/jobs?kind=", "/api/jobs?state=running&queue=", "/api/jobs?tag")) {
      TestPage.Answer answer = page.get(path);
      assertThat(answer.status()).as(path).isEqualTo(400);
      assertThat(answer.json().path("error").path("message").asString())
          .endsWith(" is empty: leave it out.");
    }
  }

  @Test
  void theJobsOfAClientAreFound() throws Exception {
    long number =
        samples.number(
            "SELECT count(*) FROM {schema}.river_job WHERE state = 'running' AND attempted_by[1] = 'web-2'");

    assertThat(number).isPositive();
    assertThat(all("/api/jobs?state=running&client=web-2&limit=100")).hasSize((int) number);
    assertThat(all("/api/jobs?state=running&client=nobody")).isEmpty();
    assertThat(page.get("/api/jobs/counts?client=web-2").ok().json().path("states").toString())
        .contains("\"running\",\"count\":{\"n\":\"%d\"".formatted(number));
  }

  @Test
  void aListOfTheWorstSaysIfOthersWereNotLookedAt() throws Exception {
    assertThat(page.get("/api/jobs?sort=crashes").ok().json().path("partial").asBoolean())
        .isFalse();
    samples.execute(
        """
        INSERT INTO {schema}.cairn_checkpoint (job_id, name, position, finished, claimed_at, sequence, attempt)
        SELECT id, 'many', 1, false, now(), 1, 1 FROM {schema}.river_job ORDER BY id LIMIT 1000
        """);
    try {
      assertThat(page.get("/api/jobs?sort=crashes").ok().json().path("partial").asBoolean())
          .isTrue();
    } finally {
      samples.execute("DELETE FROM {schema}.cairn_checkpoint WHERE name = 'many'");
    }
  }

  @Test
  void argumentsAndMetadataAreSearchedByPost() {
    JsonNode found =
        page.post("/api/jobs/search", "{\"args\": \"{\\\"customer\\\": 4711}\"}").ok().json();

    assertThat(ids(found)).hasSize(1);
    assertThat(
            ids(
                page.post(
                        "/api/jobs/search",
                        "{\"metadata\": \"{\\\"output\\\": {\\\"rows\\\": 4711}}\", \"state\":"
                            + " [\"completed\", \"available\"], \"limit\": 3}")
                    .ok()
                    .json()))
        .hasSizeLessThanOrEqualTo(1);
  }

  @Test
  void whatIsHiddenCannotBeGuessedByASearch() {
    TestPage.Answer answer =
        page.post("/api/jobs/search", "{\"args\": \"{\\\"Password\\\": \\\"geheim\\\"}\"}");

    assertThat(answer.status()).isEqualTo(403);
  }

  @Test
  void whatOperationsRepeatOfHiddenValuesIsHiddenInMetadata() throws Exception {
    long id = samples.newest("retryable");
    samples.execute(
        """
        UPDATE {schema}.river_job SET metadata = metadata || '{"cairn:operations": [
          {"at": "2026-01-01T00:00:00Z", "verb": "rewind", "by": "ada",
            "detail": "pay to {\\"password\\": \\"geheim\\"}"},
          {"at": "2026-01-01T00:00:01Z", "verb": "rewind", "by": "ada", "detail": "copy to s3"},
          {"at": "2026-01-01T00:00:02Z", "verb": "rewind", "by": "ada",
            "detail": "copy to s3 to {\\"password\\": \\"geheim\\"}"}]}'
        WHERE id = %d
        """
            .formatted(id));

    JsonNode metadata = page.get("/api/jobs/%d/metadata".formatted(id)).ok().json();
    assertThat(metadata.path("redacted").asBoolean()).isTrue();
    assertThat(metadata.path("json").asString())
        .contains("\"detail\":\"redacted\"", "\"verb\":\"rewind\"", "\"source\":\"sample\"")
        .doesNotContain("geheim");
    assertThat(
            page.post(
                    "/api/jobs/search",
                    "{\"metadata\": \"{\\\"cairn:operations\\\": [{\\\"detail\\\": \\\"x\\\"}]}\"}")
                .status())
        .isEqualTo(403);
    JsonNode operations = page.get("/api/jobs/" + id).ok().json().path("operations");
    assertThat(operations.values().stream().map(each -> each.path("detail").asString()).toList())
        .containsExactly(
            "pay to {\"password\":\"redacted\"}",
            "copy to s3",
            "copy to s3 to {\"password\":\"redacted\"}");
  }

  @Test
  void countsAreExactWhereFewAreMeant() throws Exception {
    JsonNode counts = page.get("/api/jobs/counts?kind=bill&queue=mail").ok().json();
    long discarded =
        samples.number(
            "SELECT count(*) FROM {schema}.river_job WHERE kind = 'bill' AND queue = 'mail' AND"
                + " state = 'discarded'");

    JsonNode ofState =
        counts.path("states").values().stream()
            .filter(each -> each.path("state").asString().equals("discarded"))
            .findFirst()
            .orElseThrow();
    assertThat(ofState.path("count").path("n").asString()).isEqualTo(Long.toString(discarded));
    assertThat(ofState.path("count").path("atLeast").asBoolean()).isFalse();
  }

  @Test
  void aJobHasItsWholePage() throws Exception {
    long id = samples.newest("discarded");

    JsonNode json = page.get("/api/jobs/" + id).ok().json();

    assertThat(json.path("sentence").asString())
        .startsWith("Discarded")
        .contains("taken over twice, interrupted once, with 1 item put aside");
    assertThat(json.path("steps").size()).isEqualTo(2);
    assertThat(json.path("steps").get(1).path("done").asString()).isEqualTo("9007199254740993");
    assertThat(json.path("steps").get(1).path("cursor").asString())
        .contains("12345678901234567890")
        .contains("redacted")
        .doesNotContain("geheim");
    assertThat(json.path("job").path("errors").get(0).path("same").asInt()).isEqualTo(2);
    assertThat(json.path("operations").get(0).path("reason").asString()).isEqualTo("tea");
    assertThat(json.path("next").path("verb").asString()).isEqualTo("retry");
    assertThat(json.path("quarantined").path("items").get(0).path("position").asString())
        .doesNotContain("geheim");
  }

  @Test
  void textsAreShownAsTheyAreStoredButForSecrets() throws Exception {
    long id = samples.newest("discarded");

    JsonNode args = page.get("/api/jobs/%d/args".formatted(id)).ok().json();
    assertThat(args.path("redacted").asBoolean()).isTrue();
    assertThat(args.path("json").asString())
        .contains("\"password\":\"redacted\"")
        .doesNotContain("geheim");
    assertThat(page.get("/api/jobs/%d/output".formatted(id)).ok().json().path("json").asString())
        .contains("rows");
    assertThat(page.get("/api/jobs/%d/metadata".formatted(id)).ok().json().path("bytes").asInt())
        .isGreaterThan(100);
    JsonNode log = page.get("/api/jobs/%d/log".formatted(id)).ok().json();
    assertThat(log.path("attempt").asInt()).isEqualTo(2);
    assertThat(log.path("text").asString()).isEqualTo("again");
    assertThat(log.path("attempts").findValuesAsString("attempt")).containsExactly("1", "2");
    assertThat(
            page.get("/api/jobs/%d/log?attempt=1".formatted(id))
                .ok()
                .json()
                .path("text")
                .asString())
        .isEqualTo("began\nended");
  }

  @Test
  void theWorstComeFirst() throws Exception {
    long id = samples.newest("discarded");

    for (String sort : List.of("crashes", "quarantined")) {
      assertThat(ids(page.get("/api/jobs?sort=" + sort).ok().json()))
          .as(sort)
          .containsExactly(Long.toString(id));
    }
    assertThat(page.get("/api/jobs?sort=stalled").ok().json().path("jobs").isArray()).isTrue();
  }

  @Test
  void theOtherViewsAnswer() {
    JsonNode overview = page.get("/api/overview").ok().json();
    assertThat(overview.path("queues").size()).isEqualTo(3);
    assertThat(overview.path("attention").size()).isPositive();
    assertThat(page.get("/api/queues").ok().json().path("queues").size()).isEqualTo(3);
    assertThat(page.get("/api/clients").ok().json().path("clients").isArray()).isTrue();
    assertThat(page.get("/api/kinds?prefix=s").ok().json().path("kinds").get(0).asString())
        .isEqualTo("send_mail");
    assertThat(page.get("/api/quarantine").ok().json().path("items").size()).isEqualTo(1);
    assertThat(page.get("/api/session").ok().json().path("user").asString()).isEqualTo("ada");
    assertThat(page.get("/api/audit").ok().json().path("acts").isArray()).isTrue();
  }

  private static long first() throws Exception {
    return samples.number("SELECT min(id) FROM {schema}.river_job");
  }

  /**
   * Behind a balancer, another process may be asked for the next page, and cannot open the seal.
   */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void itemsAreTurnedPageByPageAndTheirCursorTellsNothingOfThem(boolean byTurns) throws Exception {
    long id = samples.newest("cancelled");
    samples.execute(
        """
        INSERT INTO {schema}.cairn_quarantine (job_id, step, item, position, error)
        SELECT %d, CASE WHEN number <= 120 THEN 'write' ELSE 'a step' || E'\\n' || 'of two lines' END,
          md5(number::text), to_jsonb(number), 'bad line ' || number
        FROM generate_series(1, 140) AS number
        """
            .formatted(id));
    grant = Grant.reader("bob");
    var errors = new ArrayList<String>();
    String next = "";
    try (Dashboard other =
        Dashboard.builder(cairn.dataSource())
            .schema(cairn.schema())
            .access(request -> grant)
            .build()) {
      for (int i = 0; i < 10 && !next.equals("none"); i++) {
        TestPage asked = byTurns && i % 2 == 1 ? new TestPage(other) : page;
        JsonNode list = asked.get("/api/quarantine?after=" + next).ok().json();
        var keys = new HashSet<String>();
        for (JsonNode item : list.path("items")) {
          errors.add(item.path("error").asString());
          keys.add(item.path("key").asString());
          assertThat(item.path("position").isNull()).isTrue();
        }
        assertThat(keys).as("keys of a page").hasSize(list.path("items").size());
        next = list.path("next").isNull() ? "none" : list.path("next").asString();
        assertThat(
                new String(Base64.getUrlDecoder().decode(next.equals("none") ? "" : next), UTF_8))
            .doesNotContainPattern("[0-9a-f]{32}");
      }
      // A page or a bookmark may have one of an earlier version, without an item.
      String earlier = "%d\n%d\n%s".formatted(id, 50, "write");
      JsonNode rest =
          page.get(
                  "/api/quarantine?after="
                      + Base64.getUrlEncoder()
                          .withoutPadding()
                          .encodeToString(earlier.getBytes(UTF_8)))
              .ok()
              .json();
      assertThat(rest.path("items").get(0).path("step").asString()).isEqualTo("write");
    } finally {
      grant = Grant.operator("ada");
      samples.execute("DELETE FROM {schema}.cairn_quarantine WHERE job_id = " + id);
    }
    assertThat(errors).hasSize(141).doesNotHaveDuplicates();
  }

  @Test
  void whatIsCutSaysSo() throws Exception {
    long id = samples.newest("cancelled");
    samples.execute(
        "UPDATE {schema}.river_job SET args = jsonb_build_object('text', repeat('x', 150000)) WHERE id = "
            + id);
    try (Dashboard open =
        Dashboard.builder(cairn.dataSource())
            .schema(cairn.schema())
            .redaction(Redaction.none())
            .access(request -> Grant.operator("ada"))
            .build()) {
      for (TestPage each : List.of(new TestPage(open), page)) {
        JsonNode cut = each.get("/api/jobs/%d/args".formatted(id)).ok().json();
        assertThat(cut.path("truncated").asBoolean()).isTrue();
        assertThat(cut.path("json").asString()).hasSize(100_000);
        JsonNode full = each.get("/api/jobs/%d/args?full=1".formatted(id)).ok().json();
        assertThat(full.path("truncated").asBoolean()).isFalse();
        assertThat(full.path("json").asString()).hasSizeGreaterThan(150_000);
      }
    }
  }

  @Test
  void whatIsWrongIsSaid() throws Exception {
    for (String wrong :
        List.of(
            "/api/jobs?limit=0",
            "/api/jobs?limit=201",
            "/api/jobs?limit=x",
            "/api/jobs?state=lost",
            "/api/jobs?order=size",
            "/api/jobs?dir=up",
            "/api/jobs?after=%00",
            "/api/jobs?after=SUQgLSB4",
            "/api/jobs?createdFrom=yesterday",
            "/api/jobs?priority=9",
            "/api/jobs?id=abc",
            "/api/jobs?sort=size",
            "/api/jobs?sort=stalled&queue=none",
            "/api/jobs?sort=crashes&state=running",
            "/api/jobs/%d/args?full=yes".formatted(first()),
            "/api/jobs?kind=%zz",
            "/api/jobs?kind=a%00b",
            "/api/quarantine?after=x",
            "/api/jobs?kind=" + "x".repeat(9_000))) {
      TestPage.Answer answer = page.get(wrong);
      assertThat(answer.status())
          .as(wrong.substring(0, Math.min(60, wrong.length())))
          .isEqualTo(400);
      assertThat(answer.code()).isEqualTo("invalid");
    }
    for (String unknown :
        List.of(
            "/api/jobs/999999999",
            "/api/jobs/x",
            "/api/nothing",
            "/api/jobs/999999999/args",
            "/api/jobs/999999999/log",
            "/api")) {
      assertThat(page.get(unknown).status()).as(unknown).isEqualTo(404);
    }
    assertThat(
            page.send(
                    "DELETE",
                    "/api/jobs",
                    java.util.Map.of(
                        "Sec-Fetch-Site",
                        List.of("same-origin"),
                        "Content-Type",
                        List.of("application/json")),
                    "{}")
                .status())
        .isEqualTo(405);
  }
}
