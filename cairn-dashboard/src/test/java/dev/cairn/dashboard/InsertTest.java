package dev.cairn.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.JobRow;
import dev.cairn.JobState;
import dev.cairn.JsonArgs;
import dev.cairn.testing.CairnExtension;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** Jobs that users insert. */
class InsertTest {
  @RegisterExtension static final CairnExtension cairn = new CairnExtension();

  private static final String SECRET =
      "{\"customer\": 12345678901234567890, \"password\": \"geheim\"}";

  private volatile Grant grant = Grant.operator("ada");
  private final Dashboard dashboard =
      Dashboard.builder(cairn.dataSource()).schema(cairn.schema()).access(request -> grant).build();
  private final TestPage page = new TestPage(dashboard);
  private final SampleJobs samples = new SampleJobs(cairn.dataSource(), cairn.schema());

  @BeforeEach
  void empty() throws Exception {
    samples.execute("TRUNCATE {schema}.river_job, {schema}.cairn_checkpoint");
  }

  @AfterEach
  void close() {
    dashboard.close();
  }

  private TestPage.Answer insert(String json) {
    return page.post("/api/jobs", json);
  }

  private JobRow inserted(TestPage.Answer answer) {
    long id = answer.ok().json().path("job").path("id").asLong();
    return cairn.client().jobs().find(id).orElseThrow();
  }

  private long jobs() throws Exception {
    return samples.number("SELECT count(*) FROM {schema}.river_job");
  }

  private long secretJob() {
    return cairn.client().insert(JsonArgs.of("charge_card", SECRET)).id();
  }

  @Test
  void aJobIsInsertedWithAllThatIsSaidAndKeepsWhoAndWhy() {
    TestPage.Answer answer =
        insert(
            """
            {"kind": "send_mail", "args": "{\\"to\\": 12345678901234567890}", "queue": "mail",
             "priority": 3, "maxAttempts": 7, "scheduledAt": "2126-11-27T08:00:00Z",
             "tags": ["night", "customer-7"], "reason": "the first one was lost"}
            """);

    JobRow job = inserted(answer);
    assertThat(job.kind()).isEqualTo("send_mail");
    assertThat(job.args()).isEqualTo("{\"to\": 12345678901234567890}");
    assertThat(job.queue()).isEqualTo("mail");
    assertThat(job.priority()).isEqualTo(3);
    assertThat(job.maxAttempts()).isEqualTo(7);
    assertThat(job.scheduledAt()).isEqualTo("2126-11-27T08:00:00Z");
    assertThat(job.state()).isEqualTo(JobState.SCHEDULED);
    assertThat(job.tags()).containsExactly("night", "customer-7");
    assertThat(answer.json().path("text").asString())
        .isEqualTo("Job %d was inserted.".formatted(job.id()));
    assertThat(cairn.client().jobs().progress(job.id()).orElseThrow().operations())
        .singleElement()
        .satisfies(operation -> {
          assertThat(operation.verb()).isEqualTo("insert");
          assertThat(operation.by()).isEqualTo("ada");
          assertThat(operation.reason()).isEqualTo("the first one was lost");
        });
    JsonNode audit = page.get("/api/audit").ok().json().path("acts").get(0);
    assertThat(audit.path("verb").asString()).isEqualTo("insert");
    assertThat(audit.path("user").asString()).isEqualTo("ada");
    assertThat(audit.path("reason").asString()).isEqualTo("the first one was lost");
  }

  @Test
  void whatIsNotSaidHasItsDefault() {
    JobRow job = inserted(insert("{\"kind\": \"send_mail\"}"));

    assertThat(job.args()).isEqualTo("{}");
    assertThat(job.queue()).isEqualTo("default");
    assertThat(job.priority()).isEqualTo(1);
    assertThat(job.maxAttempts()).isEqualTo(25);
    assertThat(job.state()).isEqualTo(JobState.AVAILABLE);
    assertThat(inserted(insert("{\"kind\": \"send_mail\", \"pending\": true}")).state())
        .isEqualTo(JobState.PENDING);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "kind        | {\"args\": \"{}\"}                                     | needs a kind",
        "kind        | {\"kind\": \"k\"}                                      | must have 2 to",
        "kind        | {\"kind\": [\"send_mail\"]}                            | a single value",
        "args        | {\"kind\": \"send_mail\", \"args\": \"{\"}             | is not JSON",
        "args        | {\"kind\": \"send_mail\", \"args\": \"[1]\"}           | a JSON object",
        "args        | {\"kind\": \"send_mail\", \"args\": {\"to\": 1}}       | a text that holds",
        "args        | {\"kind\": \"send_mail\", \"args\": \"{\\\"a\\\": \\\"\\\\u0000\\\"}\"} | U+0000",
        "queue       | {\"kind\": \"send_mail\", \"queue\": \"\"}             | is empty",
        "priority    | {\"kind\": \"send_mail\", \"priority\": 5}             | 1 to 4",
        "maxAttempts | {\"kind\": \"send_mail\", \"maxAttempts\": \"many\"}   | whole number",
        "scheduledAt | {\"kind\": \"send_mail\", \"scheduledAt\": \"soon\"}   | a time such as",
        "scheduledAt | {\"kind\": \"send_mail\", \"scheduledAt\": \"\"}       | is empty",
        "priority    | {\"kind\": \"send_mail\", \"priority\": \"\"}          | is empty",
        "pending     | {\"kind\": \"send_mail\", \"pending\": \"yes\"}        | true or false",
        "pending     | {\"kind\": \"send_mail\", \"pending\": \"TRUE\"}       | true or false",
        "reason      | {\"kind\": \"send_mail\", \"reason\": [\"why\"]}       | a single value",
        "tags        | {\"kind\": \"send_mail\", \"tags\": [\"a b\"]}         | tag 'a b'",
        "unique      | {\"kind\": \"send_mail\", \"unique\": \"args\"}        | kindAndQueue",
        "copyOf      | {\"copyOf\": \"x\"}                                    | whole number",
        "copyOf      | {\"copyOf\": \"1\", \"kind\": \"send_mail\"}           | of the other job",
        "copyOf      | {\"copyOf\": \"999999999\"}                            | no job 999999999",
        "``          | {\"kind\": \"send_mail\", \"prioritty\": 2}            | no such member",
      })
  void whatIsWrongIsSaidWithItsFieldAndNothingIsInserted(String field, String json, String message)
      throws Exception {
    TestPage.Answer answer = insert(json);

    assertThat(answer.status()).as(answer.text()).isIn(400, 404);
    JsonNode error = answer.json().path("error");
    assertThat(error.path("field").asString("")).as(answer.text()).isEqualTo(field);
    assertThat(error.path("message").asString()).contains(message);
    assertThat(jobs()).isZero();
    assertThat(page.get("/api/audit").ok().json().path("acts").size()).isZero();
  }

  @Test
  void aReasonThatIsTooLongIsRefusedInItsField() {
    TestPage.Answer answer =
        insert("{\"kind\": \"send_mail\", \"reason\": \"%s\"}".formatted("x".repeat(1_001)));

    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.json().path("error").path("field").asString()).isEqualTo("reason");
  }

  @Test
  void aDuplicateIsRefusedAndTheEarlierJobNamed() throws Exception {
    String report = "{\"kind\": \"nightly_report\", \"queue\": \"%s\", \"unique\": \"%s\"}";
    long first = inserted(insert(report.formatted("default", "kind"))).id();

    TestPage.Answer second = insert(report.formatted("other", "kind"));

    assertThat(second.status()).isEqualTo(409);
    JsonNode error = second.json().path("error");
    assertThat(error.path("field").asString()).isEqualTo("unique");
    assertThat(error.path("message").asString())
        .contains("job %d, which is available".formatted(first));
    insert(report.formatted("default", "kindAndQueue")).ok();
    insert(report.formatted("other", "kindAndQueue")).ok();
    assertThat(insert(report.formatted("other", "kindAndQueue")).status()).isEqualTo(409);
    assertThat(jobs()).isEqualTo(3);
  }

  @Test
  void aCopyHasTheHiddenValuesAlsoForThoseWhoMayNotSeeThem() {
    long id = secretJob();
    grant = Grant.reader("rita").withVerbs(Verb.INSERT);

    TestPage.Answer answer =
        insert("{\"copyOf\": \"%d\", \"queue\": \"retries\", \"reason\": \"again\"}".formatted(id));

    JobRow copy = inserted(answer);
    assertThat(copy.id()).isNotEqualTo(id);
    assertThat(copy.kind()).isEqualTo("charge_card");
    assertThat(copy.args()).isEqualTo(SECRET);
    assertThat(copy.queue()).isEqualTo("retries");
    assertThat(cairn.client().jobs().progress(copy.id()).orElseThrow().operations())
        .singleElement()
        .satisfies(
            operation -> assertThat(operation.detail()).isEqualTo("copy of job %d".formatted(id)));
    assertThat(answer.text()).doesNotContain("geheim", "1234567890");
  }

  @Test
  void whatStandsForAHiddenValueIsNotInserted() throws Exception {
    long id = secretJob();
    String shown = page.get("/api/jobs/%d/args".formatted(id)).ok().json().path("json").asString();
    assertThat(shown).contains("redacted").doesNotContain("geheim");
    String quoted = shown.replace("\"", "\\\"");

    TestPage.Answer answer =
        insert("{\"kind\": \"charge_card\", \"args\": \"%s\"}".formatted(quoted));

    assertThat(answer.status()).isEqualTo(400);
    JsonNode error = answer.json().path("error");
    assertThat(error.path("field").asString()).isEqualTo("args");
    assertThat(error.path("message").asString()).contains("password");
    assertThat(jobs()).isEqualTo(1);
    insert(
            "{\"kind\": \"charge_card\", \"args\": \"%s\"}"
                .formatted(quoted.replace("redacted", "neu")))
        .ok();
  }

  @Test
  void aMalformedJobIsNotCopiedAndItsArgumentsAreNotSaid() throws Exception {
    long id =
        samples.number(
            "INSERT INTO {schema}.river_job (kind, args, max_attempts) VALUES ('odd kind', '{\"a\":"
                + " \"geheim\"}', 1) RETURNING id");

    TestPage.Answer answer = insert("{\"copyOf\": \"%d\"}".formatted(id));

    assertThat(answer.status()).isEqualTo(409);
    assertThat(answer.text()).contains("cannot be copied").doesNotContain("geheim");
    assertThat(jobs()).isEqualTo(1);
  }

  @Test
  void onlyThoseWithTheVerbInsertAndOnlyFromThePage() throws Exception {
    String json = "{\"kind\": \"send_mail\"}";
    grant = Grant.operator("olga").withVerbs(Verb.RETRY, Verb.DELETE, Verb.RESTART);
    assertThat(insert(json).status()).isEqualTo(403);
    grant = Grant.reader("rita");
    assertThat(insert("{\"kind\": 5}").status()).isEqualTo(403);
    grant = Grant.operator("ada");
    assertThat(
            page.send(
                    "POST",
                    "/api/jobs",
                    Map.of(
                        "Content-Type", List.of("application/json"),
                        "Sec-Fetch-Site", List.of("cross-site")),
                    json)
                .status())
        .isEqualTo(403);
    assertThat(jobs()).isZero();
  }
}
