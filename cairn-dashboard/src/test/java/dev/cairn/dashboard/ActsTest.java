package dev.cairn.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import dev.cairn.JobState;
import dev.cairn.jobs.JobOperation;
import dev.cairn.testing.CairnExtension;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.ds.PGSimpleDataSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What users do to jobs and queues. */
class ActsTest {
  @RegisterExtension static final CairnExtension cairn = new CairnExtension();

  private final Dashboard dashboard =
      Dashboard.builder(cairn.dataSource())
          .schema(cairn.schema())
          .access(request -> Grant.operator("ada"))
          .build();
  private final TestPage page = new TestPage(dashboard);
  private final SampleJobs samples = new SampleJobs(cairn.dataSource(), cairn.schema());

  @BeforeEach
  void empty() throws Exception {
    samples.execute(
        "TRUNCATE {schema}.river_job, {schema}.cairn_checkpoint, {schema}.cairn_quarantine");
  }

  @AfterEach
  void close() {
    dashboard.close();
  }

  private TestPage.Answer act(long id, String json) {
    return page.post("/api/jobs/%d/acts".formatted(id), json);
  }

  private List<JobOperation> operations(long id) {
    return cairn.client().jobs().progress(id).orElseThrow().operations();
  }

  private JobState state(long id) {
    return cairn.client().jobs().find(id).orElseThrow().state();
  }

  @Test
  void anActIsDoneAndRecordedWithUserAndReason() throws Exception {
    samples.insert(1, "discarded");
    long id = samples.newest("discarded");

    JsonNode answer = act(id, "{\"verb\": \"retry\", \"reason\": \"mended\"}").ok().json();

    assertThat(answer.path("job").path("state").asString()).isEqualTo("available");
    assertThat(answer.path("text").asString()).isEqualTo("Job %d is ready to run.".formatted(id));
    assertThat(operations(id))
        .singleElement()
        .satisfies(operation -> {
          assertThat(operation.verb()).isEqualTo("retry");
          assertThat(operation.by()).isEqualTo("ada");
          assertThat(operation.reason()).isEqualTo("mended");
        });
    JsonNode audit = page.get("/api/audit").ok().json().path("acts").get(0);
    assertThat(audit.path("user").asString()).isEqualTo("ada");
    assertThat(audit.path("reason").asString()).isEqualTo("mended");
    assertThat(page.get("/api/audit?jobId=" + id).ok().json().path("acts").size()).isEqualTo(1);
  }

  @Test
  void eachVerbDoesWhatItsTextSays() throws Exception {
    samples.insert(1, "available");
    long id = samples.newest("available");
    samples.furnish(id);

    act(id, "{\"verb\": \"pause\"}").ok();
    assertThat(state(id)).isEqualTo(JobState.PENDING);
    act(id, "{\"verb\": \"rewind\", \"step\": \"write\", \"cursor\": \"{\\\"line\\\": 3}\"}").ok();
    assertThat(cairn.client().jobs().progress(id).orElseThrow().steps().getLast().value())
        .isEqualTo("{\"line\": 3}");
    act(id, "{\"verb\": \"skip\", \"step\": \"write\"}").ok();
    assertThat(cairn.client().jobs().progress(id).orElseThrow().steps().getLast().finished())
        .isTrue();
    act(id, "{\"verb\": \"resume\"}").ok();
    assertThat(state(id)).isEqualTo(JobState.AVAILABLE);
    act(id, "{\"verb\": \"redrive\"}").ok();
    act(id, "{\"verb\": \"restart\"}").ok();
    assertThat(cairn.client().jobs().progress(id).orElseThrow().steps()).isEmpty();
    act(id, "{\"verb\": \"cancel\"}").ok();
    assertThat(state(id)).isEqualTo(JobState.CANCELLED);
    act(id, "{\"verb\": \"delete\"}").ok();
    assertThat(cairn.client().jobs().find(id)).isEmpty();
  }

  @Test
  void whatIsShownInsteadOfAHiddenCursorDoesNotBecomeTheCursor() throws Exception {
    samples.insert(1, "discarded");
    long id = samples.newest("discarded");
    samples.furnish(id);
    List<JobOperation> before = operations(id);

    JsonNode step = page.get("/api/jobs/" + id).ok().json().path("steps").get(1);
    assertThat(step.path("cursor").asString()).contains("\"password\":\"redacted\"");
    assertThat(step.path("cursorPartial").asBoolean()).isTrue();
    for (String value :
        List.of("{\"line\": 1, \"password\": \"redacted\"}", " \"redacted\"", "{")) {
      String json = JsonMapper.shared().writeValueAsString(value);
      assertThat(
              act(id, "{\"verb\": \"rewind\", \"step\": \"write\", \"cursor\": %s}".formatted(json))
                  .status())
          .as(value)
          .isEqualTo(400);
      assertThat(
              act(id, "{\"verb\": \"skip\", \"step\": \"write\", \"result\": %s}".formatted(json))
                  .status())
          .as(value)
          .isEqualTo(400);
    }
    assertThat(operations(id)).isEqualTo(before);
    act(
            id,
            "{\"verb\": \"rewind\", \"step\": \"write\", \"cursor\": %s}"
                .formatted(
                    JsonMapper.shared()
                        .writeValueAsString(
                            "{\"line\": 1, \"password\": \"real\", \"note\": \"redacted\"}")))
        .ok();
  }

  @Test
  void whatDoesNotFitIsRefusedWithTheReason() throws Exception {
    samples.insert(2, "available", "running");
    long available = samples.newest("available");
    long running = samples.newest("running");

    assertThat(act(available, "{\"verb\": \"interrupt\"}").status()).isEqualTo(409);
    assertThat(
            act(available, "{\"verb\": \"retry\"}").json().path("error").path("message").asString())
        .contains("available by now");
    assertThat(act(running, "{\"verb\": \"delete\"}").status()).isEqualTo(409);
    assertThat(act(running, "{\"verb\": \"restart\"}").status()).isEqualTo(409);
    assertThat(act(available, "{\"verb\": \"rewind\", \"step\": \"nowhere\"}").status())
        .isEqualTo(400);
    assertThat(act(available, "{\"verb\": \"rewind\"}").status()).isEqualTo(400);
    assertThat(act(available, "{\"verb\": \"explode\"}").status()).isEqualTo(400);
    assertThat(act(available, "{\"verb\": \"pauseQueue\"}").status()).isEqualTo(400);
    assertThat(act(999_999_999, "{\"verb\": \"retry\"}").status()).isEqualTo(404);
    assertThat(operations(available)).isEmpty();
    assertThat(page.get("/api/audit").ok().json().path("acts").size()).isZero();
  }

  @Test
  void manyJobsAreChangedAsThePreviewSays() throws Exception {
    samples.insert(2_400, "discarded", "completed", "running", "available");
    String search = "\"verb\": \"retry\", \"filter\": {\"queue\": [\"default\"]}";

    JsonNode preview = page.post("/api/jobs/acts/preview", "{%s}".formatted(search)).ok().json();
    JsonNode done =
        page.post("/api/jobs/acts", "{%s, \"reason\": \"mended\"}".formatted(search)).ok().json();

    long ended =
        samples.number(
            "SELECT count(*) FROM {schema}.river_job WHERE metadata -> 'cairn:operations' -> 0 ->>"
                + " 'reason' = 'mended'");
    assertThat(done.path("changed").asLong()).isEqualTo(ended).isBetween(150L, 250L);
    assertThat(preview.path("count").path("n").asString()).isEqualTo(Long.toString(ended));
    assertThat(samples.number("SELECT count(*) FROM {schema}.river_job WHERE state = 'completed'"))
        .isEqualTo(600);
  }

  @Test
  void anActIsDoneOnlyInTheStateThatTheUserHasSeen() throws Exception {
    samples.insert(1, "completed");
    long id = samples.newest("completed");
    for (String verb : List.of("retry", "restart", "delete", "redrive", "rewind")) {
      String step = verb.equals("rewind") ? ", \"step\": \"write\"" : "";
      TestPage.Answer late =
          act(id, "{\"verb\": \"%s\", \"state\": \"retryable\"%s}".formatted(verb, step));

      assertThat(late.status()).as(verb).isEqualTo(409);
      assertThat(late.json().path("error").path("message").asString())
          .contains("is completed by now");
    }
    assertThat(operations(id)).isEmpty();
    assertThat(state(id)).isEqualTo(JobState.COMPLETED);
    assertThat(page.get("/api/audit").ok().json().path("acts").size()).isZero();

    act(id, "{\"verb\": \"retry\", \"state\": \"completed\"}").ok();
    assertThat(state(id)).isEqualTo(JobState.AVAILABLE);
    assertThat(act(999_999_999, "{\"verb\": \"retry\", \"state\": \"completed\"}").status())
        .isEqualTo(404);
  }

  @Test
  void aRewoundJobRunsAtOnceIfItIsAskedFor() throws Exception {
    for (String cursor : List.of("", ", \"cursor\": \"{\\\"line\\\": 3}\"")) {
      samples.insert(1, "discarded");
      long id = samples.newest("discarded");
      samples.furnish(id);

      JsonNode done =
          act(id, "{\"verb\": \"rewind\", \"step\": \"write\", \"run\": true%s}".formatted(cursor))
              .ok()
              .json();
      assertThat(done.path("text").asString()).endsWith("is ready to run.");
      assertThat(state(id)).isEqualTo(JobState.AVAILABLE);
    }
  }

  @Test
  void aBulkActWithoutStatesIsForThoseThatTheVerbIsMeantFor() throws Exception {
    samples.insert(3, "discarded").insert(2, "completed");
    samples.insert(1_500, "available").insert(1, "scheduled").insert(1, "pending");
    samples.execute("UPDATE {schema}.river_job SET kind = 'bill'");
    String retry = "\"verb\": \"retry\", \"filter\": {\"kind\": \"bill\"}";

    JsonNode preview = page.post("/api/jobs/acts/preview", "{%s}".formatted(retry)).ok().json();
    assertThat(preview.path("count").path("n").asString()).isEqualTo("3");
    JsonNode done =
        page.post("/api/jobs/acts", "{%s, \"most\": 1000}".formatted(retry)).ok().json();

    assertThat(done.path("changed").asInt()).isEqualTo(3);
    assertThat(done.path("more").asBoolean()).isFalse();
    String count = "SELECT count(*) FROM {schema}.river_job WHERE state = '%s'";
    assertThat(samples.number(count.formatted("scheduled"))).isOne();
    assertThat(samples.number(count.formatted("pending"))).isOne();
    String delete = "{\"verb\": \"delete\", \"filter\": {\"kind\": \"bill\"%s}}";
    assertThat(
            page.post("/api/jobs/acts", delete.formatted("")).ok().json().path("changed").asInt())
        .isEqualTo(2);
    assertThat(
            page.post("/api/jobs/acts", delete.formatted(", \"state\": \"pending\""))
                .ok()
                .json()
                .path("changed")
                .asInt())
        .isOne();
    assertThat(
            page.post("/api/jobs/acts", "{%s}".formatted(retry))
                .ok()
                .json()
                .path("changed")
                .asInt())
        .isZero();
  }

  @Test
  void idsAloneAreForAllStatesThatTheVerbFits() throws Exception {
    samples.insert(3, "scheduled", "completed", "running");
    String ids =
        "[\"%d\", \"%d\", \"%d\"]"
            .formatted(
                samples.newest("scheduled"),
                samples.newest("completed"),
                samples.newest("running"));

    for (Map.Entry<String, Integer> each :
        Map.of("retry", 1, "cancel", 2, "delete", 2).entrySet()) {
      JsonNode preview =
          page.post(
                  "/api/jobs/acts/preview",
                  "{\"verb\": \"%s\", \"ids\": %s}".formatted(each.getKey(), ids))
              .ok()
              .json();
      assertThat(preview.path("ids").size()).as(each.getKey()).isEqualTo(each.getValue());
    }
  }

  @Test
  void aBulkActDoesNotReadWhatTheJobsContain() throws Exception {
    samples.insert(50, "discarded");
    samples.execute(
        "UPDATE {schema}.river_job SET metadata = jsonb_build_object('river:log', repeat('x', 100000))");
    var unpooled =
        (PGSimpleDataSource) cairn.dataSource().unwrap(HikariDataSource.class).getDataSource();
    var narrow = new PGSimpleDataSource();
    narrow.setUrl(unpooled.getUrl());
    narrow.setUser(unpooled.getUser());
    narrow.setPassword(unpooled.getPassword());
    narrow.setMaxResultBuffer("300K");
    try (Dashboard small =
        Dashboard.builder(narrow)
            .schema(cairn.schema())
            .access(request -> Grant.operator("ada"))
            .build()) {
      var narrowPage = new TestPage(small);
      for (String verb : List.of("retry", "cancel", "delete")) {
        assertThat(
                narrowPage
                    .post(
                        "/api/jobs/acts",
                        "{\"verb\": \"%s\", \"filter\": {\"queue\": [\"default\", \"mail\", \"bulk\"]}}"
                            .formatted(verb))
                    .ok()
                    .json()
                    .path("changed")
                    .asInt())
            .as(verb)
            .isEqualTo(50);
      }
    }
  }

  @Test
  void theListOfActsSaysWhichJobsWereDeleted() throws Exception {
    samples.insert(30, "discarded");
    samples.execute("UPDATE {schema}.river_job SET kind = 'bill'");
    long first = samples.number("SELECT min(id) FROM {schema}.river_job");

    page.post(
            "/api/jobs/acts",
            "{\"verb\": \"delete\", \"filter\": {\"kind\": \"bill\", \"args\": \"{\\\"note\\\": \\\"Zeile 7\\\"}\"}}")
        .ok();
    page.post("/api/jobs/acts", "{\"verb\": \"delete\", \"filter\": {\"kind\": \"bill\"}}").ok();

    JsonNode acts = page.get("/api/audit").ok().json().path("acts");
    assertThat(acts.get(1).path("target").asString())
        .startsWith(
            "1 job by a search (state cancelled or completed or discarded, kind bill, by"
                + " arguments): ")
        .doesNotContain("Zeile");
    assertThat(acts.get(0).path("target").asString())
        .startsWith("29 jobs by a search (state cancelled or completed or discarded, kind bill): ")
        .contains(": %d, ".formatted(first))
        .endsWith(" and others");
  }

  /** Connections whose commits are done, but not confirmed. */
  private static DataSource unconfirmed(AtomicBoolean isBroken) {
    DataSource pool = cairn.dataSource();
    return (DataSource)
        Proxy.newProxyInstance(
            ActsTest.class.getClassLoader(),
            new Class<?>[] {DataSource.class},
            (proxy, method, arguments) -> {
              Object result = method.invoke(pool, arguments);
              return result instanceof Connection connection
                  ? unconfirmed(connection, isBroken)
                  : result;
            });
  }

  private static Object unconfirmed(Connection connection, AtomicBoolean isBroken) {
    return Proxy.newProxyInstance(
        ActsTest.class.getClassLoader(),
        new Class<?>[] {Connection.class},
        (proxy, method, arguments) -> {
          try {
            Object result = method.invoke(connection, arguments);
            if (method.getName().equals("commit") && isBroken.get()) {
              throw new SQLException("the connection is gone", "08006");
            }
            return result;
          } catch (InvocationTargetException e) {
            throw e.getCause();
          }
        });
  }

  @Test
  void anActWhoseCommitIsNotConfirmedIsNoted() throws Exception {
    samples.insert(2, "discarded");
    long id = samples.newest("discarded");
    var isBroken = new AtomicBoolean();
    try (Dashboard broken =
        Dashboard.builder(unconfirmed(isBroken))
            .schema(cairn.schema())
            .access(request -> Grant.operator("ada"))
            .build()) {
      var brokenPage = new TestPage(broken);
      brokenPage.get("/api/session").ok();
      isBroken.set(true);

      TestPage.Answer one =
          brokenPage.post("/api/jobs/%d/acts".formatted(id), "{\"verb\": \"delete\"}");
      TestPage.Answer many =
          brokenPage.post(
              "/api/jobs/acts", "{\"verb\": \"delete\", \"filter\": {\"state\": \"discarded\"}}");

      assertThat(one.status()).isEqualTo(503);
      assertThat(one.json().path("error").path("message").asString())
          .contains("may or may not have been done");
      assertThat(many.status()).isEqualTo(503);
      assertThat(samples.number("SELECT count(*) FROM {schema}.river_job")).isZero();
      JsonNode acts = brokenPage.get("/api/audit").ok().json().path("acts");
      assertThat(acts.get(1).path("target").asString())
          .isEqualTo("job %d, outcome unknown".formatted(id));
      assertThat(acts.get(0).path("target").asString()).contains("outcome unknown");
    }
  }

  /** The resume may have happened, and then nobody else knows whose pause it was. */
  @Test
  void aResumeWhoseCommitIsNotConfirmedIsNotedWithThePause() throws Exception {
    samples.execute(
        "INSERT INTO {schema}.river_queue (name, updated_at) VALUES ('unsure', now()) ON CONFLICT"
            + " (name) DO UPDATE SET paused_at = NULL, metadata = '{}'");
    cairn.client().queues().pause("unsure", "bob", "deploy");
    var isBroken = new AtomicBoolean();
    try (Dashboard broken =
        Dashboard.builder(unconfirmed(isBroken))
            .schema(cairn.schema())
            .access(request -> Grant.operator("ada"))
            .build()) {
      var brokenPage = new TestPage(broken);
      brokenPage.get("/api/session").ok();
      isBroken.set(true);

      assertThat(brokenPage.post("/api/queues/unsure/acts", "{\"verb\": \"resumeQueue\"}").status())
          .isEqualTo(503);

      assertThat(
              brokenPage
                  .get("/api/audit")
                  .ok()
                  .json()
                  .path("acts")
                  .path(0)
                  .path("target")
                  .asString())
          .isEqualTo("queue unsure, which was paused by bob (deploy), outcome unknown");
    }
  }

  @Test
  void tickedJobsAreChangedOnlyIfTheyStillMatchTheFilter() throws Exception {
    samples.insert(2, "discarded");
    long retried = samples.newest("discarded");
    cairn.client().jobs().retry(retried);

    JsonNode done =
        page.post(
                "/api/jobs/acts",
                "{\"verb\": \"delete\", \"ids\": [\"%d\", \"%d\"], \"filter\": {\"state\": [\"discarded\"]}}"
                    .formatted(retried, samples.newest("discarded")))
            .ok()
            .json();

    assertThat(done.path("changed").asInt()).isOne();
    assertThat(state(retried)).isEqualTo(JobState.AVAILABLE);
  }

  @Test
  void onlyTheJobsOfThePreviewAreChanged() throws Exception {
    samples.insert(3, "discarded");
    String search = "\"verb\": \"delete\", \"filter\": {\"state\": \"discarded\"}";
    JsonNode preview = page.post("/api/jobs/acts/preview", "{%s}".formatted(search)).ok().json();
    assertThat(preview.path("ids").size()).isEqualTo(3);

    samples.insert(900, "discarded");
    String first = preview.path("ids").get(0).asString();
    samples.execute("UPDATE {schema}.river_job SET state = 'cancelled' WHERE id = " + first);
    JsonNode done =
        page.post("/api/jobs/acts", "{%s, \"ids\": %s}".formatted(search, preview.path("ids")))
            .ok()
            .json();

    assertThat(done.path("changed").asInt()).isEqualTo(2);
    assertThat(samples.number("SELECT count(*) FROM {schema}.river_job")).isEqualTo(901);
  }

  @Test
  void idsOfTheMostJobsThatThereCanBeFitIntoARequest() {
    String ids =
        LongStream.range(0, 10_000)
            .mapToObj(i -> "\"%d\"".formatted(Long.MAX_VALUE - i))
            .collect(Collectors.joining(","));
    String body =
        "{\"verb\": \"retry\", \"filter\": {\"kind\": \"bill\"}, \"ids\": [%s]}".formatted(ids);

    assertThat(page.post("/api/jobs/acts", body).ok().json().path("changed").asInt()).isZero();
  }

  @Test
  void anActOnManyJobsIsBounded() throws Exception {
    samples.insert(3_000, "discarded");

    JsonNode done =
        page.post(
                "/api/jobs/acts",
                "{\"verb\": \"delete\", \"filter\": {\"state\": \"discarded\"}, \"most\": 1200}")
            .ok()
            .json();

    assertThat(done.path("changed").asInt()).isEqualTo(1_200);
    assertThat(done.path("more").asBoolean()).isTrue();
    assertThat(samples.number("SELECT count(*) FROM {schema}.river_job")).isEqualTo(1_800);
  }

  @Tag("thorough")
  @Test
  void anActOnManyJobsThatFailsSaysWhatItHasChanged() throws Exception {
    samples.insert(2_500, "discarded");
    String body = "{\"verb\": \"delete\", \"filter\": {\"state\": \"discarded\"}}";
    try (var other = cairn.dataSource().getConnection();
        var statement = other.createStatement()) {
      other.setAutoCommit(false);
      // The newest are deleted first.
      statement.execute(
          "SELECT FROM \"%1$s\".river_job WHERE id = (SELECT min(id) FROM \"%1$s\".river_job) FOR UPDATE"
              .formatted(cairn.schema()));

      JsonNode done = page.post("/api/jobs/acts", body).ok().json();
      assertThat(done.path("changed").asInt()).isEqualTo(2_000);
      assertThat(done.path("more").asBoolean()).isTrue();
      assertThat(done.path("stopped").asString()).contains("Somebody else is changing the same");
      assertThat(samples.number("SELECT count(*) FROM {schema}.river_job")).isEqualTo(500);
      JsonNode audit = page.get("/api/audit").ok().json().path("acts");
      assertThat(audit.size()).isEqualTo(1);
      assertThat(audit.get(0).path("target").asString()).startsWith("2,000 jobs");

      TestPage.Answer refused = page.post("/api/jobs/acts", body);
      assertThat(refused.status()).isEqualTo(409);
      assertThat(page.get("/api/audit").ok().json().path("acts").size()).isEqualTo(1);
      other.rollback();
    }
    assertThat(page.post("/api/jobs/acts", body).ok().json().path("stopped").isNull()).isTrue();
  }

  @Test
  void actsOnManyJobsHaveAPace() {
    int refused = 0;
    for (int i = 0; i < 25; i++) {
      TestPage.Answer answer =
          page.post("/api/jobs/acts", "{\"verb\": \"retry\", \"ids\": [\"1\"]}");
      if (answer.status() == 429) {
        assertThat(answer.code()).isEqualTo("too_many");
        refused++;
      }
    }
    assertThat(refused).isEqualTo(5);
  }

  @Test
  void actsOnManyJobsMustSayWhich() {
    for (String wrong :
        List.of(
            "{\"verb\": \"retry\"}",
            "{\"verb\": \"retry\", \"ids\": [\"1\"], \"filter\": {}}",
            "{\"verb\": \"retry\", \"ids\": [], \"filter\": {\"kind\": \"bill\"}}",
            "{\"verb\": \"retry\", \"ids\": [\"1\"], \"filter\": {\"id\": \"2\"}}",
            "{\"verb\": \"restart\", \"ids\": [\"1\"]}",
            "{\"verb\": \"retry\", \"filter\": {\"state\": \"running\"}}",
            "{\"verb\": \"retry\", \"ids\": [\"x\"]}",
            "{\"verb\": \"retry\", \"ids\": [\"1\", null]}",
            "{\"verb\": \"retry\", \"ids\": \"1\"}",
            "[]",
            "",
            "{",
            "{\"verb\": \"retry\", \"ids\": [\"1\"], \"most\": 10001}")) {
      assertThat(page.post("/api/jobs/acts", wrong).status()).as(wrong).isEqualTo(400);
    }
  }

  @Test
  void aFilterThatIsNotUnderstoodChangesNothing() throws Exception {
    samples.insert(3, "discarded");
    for (String filter :
        List.of(
            "null",
            "\"kind=bill\"",
            "[]",
            "{}",
            "{\"kinds\": [\"bill\"]}",
            "{\"state\": \"discarded\", \"kinds\": [\"bill\"]}",
            "{\"state\": \"discarded\", \"args\": {\"customer\": 1}}",
            "{\"state\": \"discarded\", \"args\": [\"{}\", \"{}\"]}",
            "{\"state\": \"discarded\", \"args\": \"\"}",
            "{\"state\": \"discarded\", \"kind\": null}",
            "{\"state\": \"discarded\", \"kind\": [null]}",
            "{\"state\": \"discarded\", \"kind\": [[\"bill\"]]}",
            "{\"state\": \"discarded\", \"limit\": 1}",
            "{\"state\": [], \"kind\": []}",
            "{\"state\": \"discarded\", \"id\": []}",
            "{\"state\": \"discarded\", \"kind\": []}",
            "{\"args\": \"{}\", \"metadata\": \"{}\"}")) {
      String body = "{\"verb\": \"delete\", \"filter\": %s}".formatted(filter);
      for (String path : List.of("/api/jobs/acts/preview", "/api/jobs/acts")) {
        assertThat(page.post(path, body).status()).as(path + body).isEqualTo(400);
      }
    }
    assertThat(samples.number("SELECT count(*) FROM {schema}.river_job")).isEqualTo(3);
  }

  @Test
  void anActWithAMemberThatIsNotUnderstoodChangesNothing() throws Exception {
    samples.insert(1, "discarded");
    long id = samples.newest("discarded");
    samples.furnish(id);
    List<JobOperation> before = operations(id);

    for (String wrong :
        List.of(
            "{\"verb\": \"rewind\", \"step\": \"write\", \"cursr\": \"{}\"}",
            "{\"verb\": \"rewind\", \"step\": \"write\", \"result\": \"{}\"}",
            "{\"verb\": \"rewind\", \"step\": \"write\", \"cursor\": {\"line\": 1}}",
            "{\"verb\": \"rewind\", \"step\": \"write\", \"run\": \"yes\"}",
            "{\"verb\": \"retry\", \"run\": true}",
            "{\"verb\": \"retry\", \"state\": \"asleep\"}",
            "{\"verb\": \"retry\", \"reason\": {\"why\": \"mended\"}}",
            "{\"verb\": \"retry\", \"reason\": [\"mended\"]}",
            "{\"verb\": \"retry\", \"step\": \"write\"}")) {
      assertThat(act(id, wrong).status()).as(wrong).isEqualTo(400);
    }
    assertThat(
            page.post(
                    "/api/jobs/acts",
                    "{\"verb\": \"delete\", \"ids\": [\"%d\"], \"mots\": 1}".formatted(id))
                .status())
        .isEqualTo(400);
    assertThat(operations(id)).isEqualTo(before);
  }

  @Test
  void aQueueIsPausedWithNameAndReason() throws Exception {
    samples.execute(
        "INSERT INTO {schema}.river_queue (name, metadata, updated_at) VALUES ('a/b ü', '{\"mine\":"
            + " 1}', now()) ON CONFLICT (name) DO NOTHING");
    String path = "/api/queues/a%2Fb%20%C3%BC/acts";

    for (String wrong :
        List.of(
            "{\"verb\": \"pauseQueue\", \"until\": \"noon\"}",
            "{\"verb\": \"pauseQueue\", \"reason\": [\"maintenance\"]}")) {
      assertThat(page.post(path, wrong).status()).as(wrong).isEqualTo(400);
    }
    JsonNode paused =
        page.post(path, "{\"verb\": \"pauseQueue\", \"reason\": \"maintenance\"}").ok().json();
    assertThat(paused.path("queue").path("paused").asBoolean()).isTrue();
    assertThat(paused.path("queue").path("pausedBy").asString()).isEqualTo("ada");
    assertThat(paused.path("queue").path("pauseReason").asString()).isEqualTo("maintenance");

    JsonNode resumed = page.post(path, "{\"verb\": \"resumeQueue\"}").ok().json();
    assertThat(resumed.path("queue").path("paused").asBoolean()).isFalse();
    assertThat(cairn.client().queues().find("a/b ü").orElseThrow().metadata())
        .isEqualTo("{\"mine\": 1}");
    assertThat(page.post("/api/queues/none/acts", "{\"verb\": \"pauseQueue\"}").status())
        .isEqualTo(404);
  }

  /** Numbers that Java's double cannot hold, and nesting that parsers refuse. */
  @Test
  void theMetadataOfAQueueStayAsTheyAre() throws Exception {
    String metadata =
        "{\"big\": 1e400, \"fine\": 0.12345678901234567890, \"deep\": %s1%s}"
            .formatted("[".repeat(3_000), "]".repeat(3_000));
    samples.execute(
        "INSERT INTO {schema}.river_queue (name, metadata, updated_at) VALUES ('odd', '%s', now())"
            .formatted(metadata));

    page.post("/api/queues/odd/acts", "{\"verb\": \"pauseQueue\", \"reason\": \"tea\"}").ok();
    assertThat(
            samples.number(
                "SELECT count(*) FROM {schema}.river_queue WHERE name = 'odd' AND metadata - 'cairn:paused' = '%s'::jsonb AND (metadata ->> 'fine') = '0.12345678901234567890' AND metadata ->> 'cairn:paused' LIKE '%%tea%%'"
                    .formatted(metadata)))
        .isOne();
    page.post("/api/queues/odd/acts", "{\"verb\": \"resumeQueue\"}").ok();
    assertThat(
            samples.number(
                "SELECT count(*) FROM {schema}.river_queue WHERE name = 'odd' AND metadata = '%s'::jsonb"
                    .formatted(metadata)))
        .isOne();
  }

  @Test
  void aNumberOfJobsThatIsNoneChangesNothing() throws Exception {
    samples.insert(5, "discarded");
    for (String most : List.of("[]", "{}", "[3]", "\"\"", "0", "true")) {
      assertThat(
              page.post(
                      "/api/jobs/acts",
                      "{\"verb\": \"retry\", \"filter\": {\"state\": \"discarded\"}, \"most\": %s}"
                          .formatted(most))
                  .status())
          .as(most)
          .isEqualTo(400);
    }
    assertThat(samples.number("SELECT count(*) FROM {schema}.river_job WHERE state = 'discarded'"))
        .isEqualTo(5);
  }

  @Test
  void allJobsOfAClientAreInterrupted() throws Exception {
    samples.insert(30, "running", "available");
    long expected =
        samples.number(
            "SELECT count(*) FROM {schema}.river_job WHERE state = 'running' AND attempted_by[1] = 'web-1'");
    assertThat(expected).isPositive();

    JsonNode done =
        page.post(
                "/api/jobs/acts",
                "{\"verb\": \"interrupt\", \"filter\": {\"client\": \"web-1\"}, \"reason\": \"a deploy\"}")
            .ok()
            .json();

    assertThat(done.path("changed").asLong()).isEqualTo(expected);
    assertThat(
            samples.number(
                "SELECT count(*) FROM {schema}.river_job WHERE metadata #>> '{cairn:request,verb}' = 'interrupt' AND attempted_by[1] = 'web-1'"))
        .isEqualTo(expected);
    assertThat(
            samples.number(
                "SELECT count(*) FROM {schema}.river_job WHERE metadata ? 'cairn:request' AND attempted_by[1] <> 'web-1'"))
        .isZero();
  }

  /** Whoever resumed it lifted a pause of whose reason they knew nothing. */
  @Test
  void aQueueIsChangedOnlyAsItWasSeen() throws Exception {
    samples.execute(
        "INSERT INTO {schema}.river_queue (name, updated_at) VALUES ('seen', now()) ON CONFLICT"
            + " (name) DO UPDATE SET paused_at = NULL, metadata = '{}'");
    String path = "/api/queues/seen/acts";
    String pause = "{\"verb\": \"pauseQueue\", \"reason\": \"tea\", \"pausedAt\": null}";
    page.post(path, pause).ok();
    String seen = queue("seen").path("pausedAt").asString();
    String resume =
        "{\"verb\": \"resumeQueue\", \"reason\": \"over\", \"pausedAt\": \"%s\"}".formatted(seen);

    assertThat(page.post(path, pause).json().path("error").path("message").asString())
        .isEqualTo(
            "Nothing was done: since you looked, queue seen was paused by ada (tea). Look again.");
    cairn.client().queues().resume("seen");
    assertThat(page.post(path, resume).json().path("error").path("message").asString())
        .isEqualTo("Nothing was done: since you looked, queue seen was resumed. Look again.");
    cairn.client().queues().pause("seen", "bob", "the mail server burns");
    TestPage.Answer refused = page.post(path, resume);
    assertThat(refused.status()).isEqualTo(409);
    assertThat(refused.json().path("error").path("message").asString())
        .contains("was paused by bob (the mail server burns)");
    assertThat(queue("seen").path("pausedBy").asString()).isEqualTo("bob");
    assertThat(page.post(path, resume.replace(seen, "noon")).status()).isEqualTo(400);

    page.post(path, resume.replace(seen, queue("seen").path("pausedAt").asString())).ok();
    assertThat(queue("seen").path("paused").asBoolean()).isFalse();
  }

  /** It keeps the time of the first pause, and only the note tells the two from each other. */
  @Test
  void aPauseOverAPauseIsAnotherOne() throws Exception {
    samples.execute(
        "INSERT INTO {schema}.river_queue (name, updated_at) VALUES ('twice', now()) ON CONFLICT"
            + " (name) DO UPDATE SET paused_at = NULL, metadata = '{}'");
    String path = "/api/queues/twice/acts";
    cairn.client().queues().pause("twice", "bob", "deploy");
    String resume = resumeAsSeen("twice");

    cairn.client().queues().pause("twice", "carol", "the mail server burns");
    TestPage.Answer refused = page.post(path, resume);
    assertThat(refused.status()).isEqualTo(409);
    assertThat(refused.json().path("error").path("message").asString())
        .contains("was paused by carol (the mail server burns)");
    cairn.client().queues().pause("twice", "bob", "the mail server burns");
    assertThat(page.post(path, resume).status()).as("the reason alone differs").isEqualTo(409);
    assertThat(queue("twice").path("paused").asBoolean()).isTrue();

    page.post(path, resumeAsSeen("twice")).ok();
    assertThat(queue("twice").path("paused").asBoolean()).isFalse();
  }

  /** As the page of a queue sends it. */
  private String resumeAsSeen(String name) {
    JsonNode queue = queue(name);
    return "{\"verb\": \"resumeQueue\", \"pausedAt\": %s, \"pausedBy\": %s, \"pauseReason\": %s}"
        .formatted(queue.path("pausedAt"), queue.path("pausedBy"), queue.path("pauseReason"));
  }

  /** No JSON has such a time: what the page shows is the last one of the calendar. */
  @ParameterizedTest
  @ValueSource(strings = {"infinity", "-infinity", "12026-11-29 12:00Z", "0044-03-15 12:00Z BC"})
  void aQueueThatIsPausedAtATimeOfNoCalendarCanBeResumed(String time) throws Exception {
    samples.execute(
        ("INSERT INTO {schema}.river_queue (name, updated_at, paused_at) VALUES ('timeless', now(), '%s')"
                + " ON CONFLICT (name) DO UPDATE SET paused_at = EXCLUDED.paused_at")
            .formatted(time));

    page.post("/api/queues/timeless/acts", resumeAsSeen("timeless")).ok();

    assertThat(queue("timeless").path("paused").asBoolean()).isFalse();
  }

  /** The queue forgets it, and nothing else knew that there was such a pause. */
  @Test
  void theListOfActionsNamesThePauseThatWasLifted() throws Exception {
    samples.execute(
        "INSERT INTO {schema}.river_queue (name, updated_at) VALUES ('lifted', now()) ON CONFLICT"
            + " (name) DO UPDATE SET paused_at = NULL, metadata = '{}'");
    cairn.client().queues().pause("lifted", "bob", "the mail server burns");

    page.post("/api/queues/lifted/acts", "{\"verb\": \"resumeQueue\", \"reason\": \"it is out\"}")
        .ok();

    JsonNode newest = page.get("/api/audit").ok().json().path("acts").path(0);
    assertThat(newest.path("user").asString()).isEqualTo("ada");
    assertThat(newest.path("reason").asString()).isEqualTo("it is out");
    assertThat(newest.path("target").asString())
        .isEqualTo("queue lifted, which was paused by bob (the mail server burns)");
  }

  /** As those of River are. */
  @Test
  void theListOfActionsSaysSinceWhenAPauseWithoutANameWas() throws Exception {
    samples.execute(
        "INSERT INTO {schema}.river_queue (name, updated_at, paused_at) VALUES ('nameless', now(),"
            + " '2026-11-29 12:00Z') ON CONFLICT (name) DO UPDATE SET paused_at ="
            + " EXCLUDED.paused_at, metadata = '{}'");

    page.post("/api/queues/nameless/acts", "{\"verb\": \"resumeQueue\"}").ok();
    page.post("/api/queues/nameless/acts", "{\"verb\": \"resumeQueue\"}").ok();

    JsonNode acts = page.get("/api/audit").ok().json().path("acts");
    assertThat(acts.path(1).path("target").asString())
        .isEqualTo("queue nameless, which had been paused since 2026-11-29T12:00:00.000000Z");
    assertThat(acts.path(0).path("target").asString()).isEqualTo("queue nameless");
  }

  @Test
  void aQueueThatOthersHavePausedSinceHasNoName() throws Exception {
    samples.execute(
        "INSERT INTO {schema}.river_queue (name, updated_at) VALUES ('others', now()) ON CONFLICT"
            + " (name) DO UPDATE SET paused_at = NULL, metadata = '{}'");
    page.post("/api/queues/others/acts", "{\"verb\": \"pauseQueue\", \"reason\": \"tea\"}").ok();
    assertThat(queue("others").path("pausedBy").asString()).isEqualTo("ada");

    cairn.client().queues().resume("others");
    assertThat(queue("others").path("pausedBy").isNull()).isTrue();
    cairn.client().queues().pause("others");
    assertThat(queue("others").path("paused").asBoolean()).isTrue();
    assertThat(queue("others").path("pausedBy").isNull()).isTrue();
    assertThat(queue("others").path("pauseReason").isNull()).isTrue();
  }

  private JsonNode queue(String name) {
    for (JsonNode queue : page.get("/api/queues").ok().json().path("queues")) {
      if (queue.path("name").asString().equals(name)) {
        return queue;
      }
    }
    throw new AssertionError("no queue " + name);
  }

  @Test
  void theNameOfAllQueuesIsNoQueue() throws Exception {
    samples.execute(
        "INSERT INTO {schema}.river_queue (name, updated_at) VALUES ('mail', now()) ON CONFLICT"
            + " (name) DO UPDATE SET paused_at = NULL");

    for (String verb : List.of("pauseQueue", "resumeQueue")) {
      assertThat(page.post("/api/queues/*/acts", "{\"verb\": \"%s\"}".formatted(verb)).status())
          .isEqualTo(404);
    }
    assertThat(queue("mail").path("paused").asBoolean()).isFalse();
  }

  @Test
  void pagesOfOthersCannotAct() throws Exception {
    samples.insert(1, "discarded");
    long id = samples.newest("discarded");
    String path = "/api/jobs/%d/acts".formatted(id);
    String json = "{\"verb\": \"delete\"}";
    List<String> type = List.of("application/json");

    for (Map<String, List<String>> headers :
        List.<Map<String, List<String>>>of(
            Map.of("Content-Type", type),
            Map.of("Content-Type", type, "Sec-Fetch-Site", List.of("cross-site")),
            Map.of("Content-Type", type, "Sec-Fetch-Site", List.of("same-site")),
            Map.of("Content-Type", type, "Sec-Fetch-Site", List.of("none")),
            Map.of("Content-Type", type, "Origin", List.of("http://evil"), "Host", List.of("here")),
            Map.of("Content-Type", type, "Origin", List.of("null"), "Host", List.of("here")))) {
      assertThat(page.send("POST", path, headers, json).status())
          .as(headers.toString())
          .isEqualTo(403);
    }
    Map<String, List<String>> ours = Map.of("Sec-Fetch-Site", List.of("same-origin"));
    assertThat(page.send("POST", path, ours, json).status()).isEqualTo(415);
    assertThat(
            page.send(
                    "POST",
                    path,
                    Map.of(
                        "Sec-Fetch-Site", List.of("same-origin"),
                        "Content-Type", List.of("text/plain")),
                    json)
                .status())
        .isEqualTo(415);
    assertThat(
            page.post(path, "{\"verb\": \"delete\", \"x\": \"" + "y".repeat(270_000) + "\"}")
                .status())
        .isEqualTo(413);
    assertThat(page.get("/api/jobs").status()).isEqualTo(200);
    assertThat(
            page.send("GET", "/api/jobs", Map.of("Sec-Fetch-Site", List.of("cross-site")), "")
                .status())
        .isEqualTo(403);
    assertThat(cairn.client().jobs().find(id)).isPresent();
    assertThat(
            page.send(
                    "POST",
                    path,
                    Map.of(
                        "Content-Type", type,
                        "Origin", List.of("http://here:1"),
                        "Host", List.of("here:1")),
                    json)
                .status())
        .isEqualTo(200);
  }
}
