package dev.cairn.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.Schema;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import dev.cairn.testing.CairnExtension;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import tools.jackson.databind.JsonNode;

/** The description of the API says what the server does. */
class OpenApiTest {
  @RegisterExtension static final CairnExtension cairn = new CairnExtension();

  private static final String BASE = "https://cairn.invalid/openapi.json";

  private static Dashboard dashboard;
  private static TestPage page;
  private static JsonNode description;
  private static long id;
  private static long running;

  @BeforeAll
  static void fill() throws Exception {
    var samples =
        new SampleJobs(cairn.dataSource(), cairn.schema())
            .insert(80, "discarded", "running", "available", "completed", "pending", "scheduled");
    id = samples.newest("discarded");
    running = samples.newest("running");
    samples.furnish(id).furnish(running);
    samples.execute(
        """
        INSERT INTO {schema}.cairn_wait (job_id, step, signal) VALUES (%1$d, 'write', 'go');
        INSERT INTO {schema}.cairn_client (id, timeout) VALUES ('web-1', '1 hour'), ('web-2', '0');
        INSERT INTO {schema}.river_queue (name, updated_at, paused_at) VALUES ('default', now(), now())
        """
            .formatted(running));
    dashboard =
        Dashboard.builder(cairn.dataSource())
            .schema(cairn.schema())
            .access(request -> Grant.operator("ada"))
            .build();
    page = new TestPage(dashboard);
    description = page.get("/api/openapi.json").ok().json();
  }

  @AfterAll
  static void close() {
    dashboard.close();
  }

  private static void requireValid(String reference, String json, String where) {
    SchemaRegistry registry =
        SchemaRegistry.withDefaultDialect(
            SpecificationVersion.DRAFT_2020_12,
            builder -> builder.schemas(Map.of(BASE, description.toString())));
    Schema schema = registry.getSchema(SchemaLocation.of(BASE + reference));
    List<String> errors = new ArrayList<>();
    schema
        .validate(json, com.networknt.schema.InputFormat.JSON)
        .forEach(error -> errors.add(error.toString()));
    assertThat(errors).as(where).isEmpty();
  }

  private static String reference(JsonNode operation, String status) {
    return operation
        .path("responses")
        .path(status)
        .path("content")
        .path("application/json")
        .path("schema")
        .path("$ref")
        .asString("");
  }

  private static String body(String path) {
    return switch (path) {
      case "/api/jobs" -> "{\"kind\": \"send_mail\", \"args\": \"{}\", \"reason\": \"a test\"}";
      case "/api/jobs/search" -> "{\"state\": [\"running\"], \"limit\": 5}";
      case "/api/jobs/acts/preview" -> "{\"verb\": \"cancel\", \"filter\": {\"kind\": \"bill\"}}";
      case "/api/jobs/acts" -> "{\"verb\": \"retry\", \"ids\": [\"%d\"]}".formatted(id);
      case "/api/jobs/{id}/acts" -> "{\"verb\": \"cancel\", \"reason\": \"enough\"}";
      default -> "{\"verb\": \"resumeQueue\"}";
    };
  }

  @Test
  void eachAnswerIsAsItIsDescribed() {
    description
        .path("paths")
        .properties()
        .forEach(path ->
            path.getValue()
                .properties()
                .forEach(operation -> {
                  for (long job : new long[] {id, running}) {
                    String address =
                        path.getKey()
                            .replace("{id}", Long.toString(job))
                            .replace("{name}", "default");
                    TestPage.Answer answer =
                        operation.getKey().equals("get")
                            ? page.get(address)
                            : page.post(address, body(path.getKey()));
                    String reference = reference(operation.getValue(), "200");
                    if (!reference.isEmpty() && answer.status() == 200) {
                      requireValid(reference, answer.text(), address);
                    } else if (!path.getKey().endsWith("openapi.json")) {
                      // Of both jobs, one was changed already.
                      assertThat(answer.status()).as(address + answer.text()).isEqualTo(409);
                    }
                  }
                }));
    for (String sort : List.of("stalled", "crashes", "quarantined")) {
      requireValid(
          "#/components/schemas/Jobs", page.get("/api/jobs?sort=" + sort).ok().text(), sort);
    }
  }

  @Test
  void refusalsAreAsTheyAreDescribed() {
    for (String wrong : List.of("/api/jobs/1/nothing", "/api/jobs?limit=x", "/api/jobs/0")) {
      requireValid("#/components/schemas/Error", page.get(wrong).text(), wrong);
    }
  }

  @Test
  void theValidatorFindsWhatDiffers() {
    List<String> errors = new ArrayList<>();
    SchemaRegistry.withDefaultDialect(
            SpecificationVersion.DRAFT_2020_12,
            builder -> builder.schemas(Map.of(BASE, description.toString())))
        .getSchema(SchemaLocation.of(BASE + "#/components/schemas/Count"))
        .validate("{\"n\": 5, \"more\": true}", com.networknt.schema.InputFormat.JSON)
        .forEach(error -> errors.add(error.toString()));
    assertThat(errors).hasSizeGreaterThanOrEqualTo(2);
  }

  @Test
  void eachParameterOfAnAddressIsDescribedAndNoOther() {
    var described = new TreeMap<String, Set<String>>();
    description
        .path("paths")
        .properties()
        .forEach(path ->
            path.getValue()
                .properties()
                .forEach(operation -> {
                  var names = new TreeSet<String>();
                  for (JsonNode parameter : operation.getValue().path("parameters")) {
                    if (parameter.path("in").asString("").equals("query")) {
                      names.add(parameter.path("name").asString(""));
                    }
                  }
                  described.put(
                      operation.getKey().toUpperCase(java.util.Locale.ROOT) + " " + path.getKey(),
                      names);
                }));
    assertThat(described).isEqualTo(dashboard.parameters());
  }

  @Test
  void eachRouteIsDescribedAndNoOther() {
    var described = new TreeSet<String>();
    var live = new TreeSet<String>();
    description
        .path("paths")
        .properties()
        .forEach(path ->
            path.getValue()
                .properties()
                .forEach(operation -> {
                  described.add(
                      operation.getKey().toUpperCase(java.util.Locale.ROOT) + " " + path.getKey());
                  if (operation
                      .getValue()
                      .path("responses")
                      .path("200")
                      .path("content")
                      .has("text/event-stream")) {
                    live.add(path.getKey());
                  }
                }));
    assertThat(described).isEqualTo(new TreeSet<>(dashboard.routes()));
    assertThat(live).isEqualTo(new TreeSet<>(dashboard.liveRoutes()));
  }
}
