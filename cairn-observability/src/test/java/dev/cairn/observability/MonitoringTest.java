package dev.cairn.observability;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.Cairn;
import dev.cairn.InsertOptions;
import dev.cairn.JobKind;
import dev.cairn.JobState;
import dev.cairn.WorkContext;
import dev.cairn.Workers;
import dev.cairn.resumable.ItemPolicy;
import dev.cairn.resumable.Steps;
import dev.cairn.source.Sources;
import dev.cairn.testing.CairnExtension;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What docs/monitoring has names only meters and labels that there are. */
class MonitoringTest {
  @RegisterExtension static final CairnExtension cairn = new CairnExtension();

  private static final Path FILES = Path.of("../docs/monitoring");
  private static final Pattern METER = Pattern.compile("\\bcairn_[a-z_]+");
  private static final Pattern GROUPED = Pattern.compile("\\b(?:by|on) \\(([a-z, ]*)\\)");
  private static final Pattern LABELS_OF_METER = Pattern.compile("\\b(cairn_[a-z_]+)\\{([^}]*)\\}");
  private static final Pattern LABEL_VALUES =
      Pattern.compile("label_values\\(([a-z_]+), ([a-z]+)\\)");
  private static final Pattern NAME_OF_LABEL = Pattern.compile("\\b([a-z]+)[!=]=?~?\"");
  private static final Pattern INCREASE = Pattern.compile("increase\\(([a-z_]+)");

  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final CountDownLatch running = new CountDownLatch(1);

  @JobKind("monitored")
  record Monitored(boolean waits) {}

  private void work(Monitored args, WorkContext context) throws Exception {
    if (args.waits()) {
      running.countDown();
      while (context.interruption().isEmpty()) {
        TimeUnit.MILLISECONDS.sleep(1);
      }
      context.yieldIfInterrupted();
    }
    Steps steps = Steps.of(context);
    steps.step("first", () -> {});
    steps
        .failedItems(ItemPolicy.quarantine())
        .forEach(
            "rows",
            Sources.range(0, 2),
            row -> {
              throw new IllegalStateException("poison");
            });
    if (context.job().attempt() < 6) {
      throw new IllegalStateException("not yet");
    }
  }

  /** Every meter that there can be. */
  private String scrape() throws Exception {
    // Prometheus sets the first one, and an application may set the second one.
    registry.config().commonTags("job", "shop", "schema", "billing");
    Workers workers =
        Workers.builder()
            .register(Monitored.class, (job, context) -> work(job.args(), context))
            .build();
    Cairn client =
        cairn.start(builder ->
            builder
                .plugin(new Metrics(registry))
                .plugin(QueueGauges.of(registry).withInterval(Duration.ofSeconds(1)))
                .workers(workers)
                .retryPolicy((job, failures) -> Duration.ofMillis(1))
                .queue("default", 5));
    long paused = client.insert(new Monitored(true)).id();
    running.await();
    client.jobs().operator("ada").pause(paused);
    cairn.awaitState(client.insert(new Monitored(false)).id(), JobState.COMPLETED);
    Awaitility.await()
        .atMost(Duration.ofMinutes(1))
        .untilAsserted(() ->
            assertThat(registry.scrape())
                .contains("cairn_queue_jobs{", "cairn_job_no_progress_total{"));
    return registry.scrape();
  }

  private static String text(String file) throws IOException {
    return Files.readString(FILES.resolve(file));
  }

  private static Set<String> found(Pattern pattern, String text) {
    var found = new TreeSet<String>();
    pattern.matcher(text).results().forEach(match -> found.add(match.group()));
    return found;
  }

  @Tag("thorough")
  @Test
  void theDashboardAndTheRulesNameOnlyMetersAndLabelsThatThereAre() throws Exception {
    String scraped = scrape();
    Set<String> meters = found(METER, scraped);
    for (String file : List.of("grafana-dashboard.json", "prometheus-rules.yaml")) {
      String text = text(file);
      assertThat(meters).as(file).containsAll(found(METER, text));
    }
    Map<String, Set<String>> labels = labels(scraped);
    LABEL_VALUES
        .matcher(text("grafana-dashboard.json"))
        .results()
        .forEach(match -> assertThat(labels.get(match.group(1))).contains(match.group(2)));
    for (String query : queries()) {
      Set<String> asked = found(METER, query);
      LABELS_OF_METER
          .matcher(query)
          .results()
          .forEach(match ->
              assertThat(labels.get(match.group(1)))
                  .as(query)
                  .containsAll(names(NAME_OF_LABEL, match.group(2))));
      // What is grouped by a label may be several meters, of which each has it.
      names(GROUPED, query).stream()
          .flatMap(names -> Stream.of(names.split(", ")))
          .filter(label -> !label.isEmpty())
          .forEach(label ->
              assertThat(asked)
                  .as(query)
                  .allSatisfy(meter -> assertThat(labels.get(meter)).contains(label)));
    }
  }

  /** The labels of each meter that was scraped. */
  private static Map<String, Set<String>> labels(String scraped) {
    Map<String, Set<String>> labels = new TreeMap<>();
    for (String line : scraped.lines().filter(it -> it.startsWith("cairn_")).toList()) {
      Set<String> known =
          labels.computeIfAbsent(line.split("[{ ]", 2)[0], meter -> new TreeSet<>());
      known.addAll(names(NAME_OF_LABEL, line));
    }
    return labels;
  }

  private static Set<String> names(Pattern pattern, String text) {
    var names = new TreeSet<String>();
    pattern.matcher(text).results().forEach(match -> names.add(match.group(1)));
    return names;
  }

  /** Every expression of the rules and of the dashboard. */
  private static List<String> queries() throws IOException {
    List<String> queries = new ArrayList<>();
    rules().forEach(rule -> queries.add(rule.path("expr").asString()));
    for (JsonNode panel : dashboard().get("panels")) {
      for (JsonNode target : panel.get("targets")) {
        queries.add(target.get("expr").asString());
      }
    }
    assertThat(queries).hasSizeGreaterThan(20);
    return queries;
  }

  private static JsonNode dashboard() throws IOException {
    return JsonMapper.shared().readTree(text("grafana-dashboard.json"));
  }

  private static List<JsonNode> rules() throws IOException {
    List<JsonNode> rules = new ArrayList<>();
    for (JsonNode group : yaml("prometheus-rules.yaml").path("groups")) {
      group.path("rules").forEach(rules::add);
    }
    assertThat(rules).isNotEmpty();
    return rules;
  }

  private static JsonNode yaml(String file) throws IOException {
    Object read = new Yaml(new SafeConstructor(new LoaderOptions())).load(text(file));
    return JsonMapper.shared().valueToTree(read);
  }

  /** As Prometheus reads them, which refuses unknown members. */
  @Test
  void theRulesHaveTheFormOfPrometheus() throws IOException {
    assertThat(yaml("prometheus-rules.yaml").propertyNames()).containsExactly("groups");
    for (JsonNode rule : rules()) {
      assertThat(rule.propertyNames())
          .as(rule.toString())
          .isSubsetOf("alert", "expr", "for", "annotations")
          .contains("alert", "expr", "annotations");
      assertThat(rule.path("expr").asString()).matches(MonitoringTest::isClosed);
      assertThat(rule.path("for").asString("0m")).matches("[0-9]+m");
      assertThat(rule.path("annotations").propertyNames())
          .isSubsetOf("summary", "description")
          .contains("summary");
    }
  }

  /** Whether each parenthesis is closed. */
  private static boolean isClosed(String expression) {
    return count(expression, '(') == count(expression, ')');
  }

  private static long count(String text, char wanted) {
    return text.chars().filter(each -> each == wanted).count();
  }

  /** Prometheus sees no increase of a counter that is born with its first increment. */
  @Test
  void aRuleForACounterAlsoSeesOneThatIsNew() throws IOException {
    String rules = text("prometheus-rules.yaml").replaceAll("\\s+", " ");
    Set<String> counters = new TreeSet<>();
    INCREASE.matcher(rules).results().forEach(match -> counters.add(match.group(1)));

    assertThat(counters).hasSizeGreaterThan(2);
    for (String counter : counters) {
      assertThat(rules)
          .contains(
              "increase(%s[1h]) > 0 or (%s > 0 unless %s offset 1h)"
                  .formatted(counter, counter, counter));
    }
  }

  @Test
  void theDashboardIsJsonAndEachPanelHasAQueryAndAPlaceOfItsOwn() throws IOException {
    var places = new TreeSet<String>();
    for (JsonNode panel : dashboard().get("panels")) {
      assertThat(panel.get("targets")).isNotEmpty();
      assertThat(places.add(panel.get("gridPos").toString())).isTrue();
    }
    assertThat(places).hasSizeGreaterThan(10);
  }

  @Test
  void theQueryOfKedaCountsWhatWaitsAndRuns() throws Exception {
    JsonNode scaled = yaml("keda-scaledobject.yaml");
    assertThat(scaled.path("kind").asString()).isEqualTo("ScaledObject");
    JsonNode trigger = scaled.path("spec").path("triggers").path(0);
    assertThat(trigger.path("type").asString()).isEqualTo("postgresql");
    // KEDA's own pause before scaling down holds only for the step from one replica to none.
    assertThat(scaled.path("spec").path("minReplicaCount").asInt()).isPositive();
    assertThat(scaled.path("spec").has("cooldownPeriod")).isFalse();
    String query = trigger.path("metadata").path("query").asString();
    Cairn client =
        cairn.start(builder ->
            builder
                .workers(
                    Workers.builder()
                        .register(Monitored.class, (job, context) -> work(job.args(), context))
                        .build())
                .queue("default", 1));
    try (Connection connection = cairn.dataSource().getConnection();
        Statement statement = connection.createStatement()) {
      long before = number(statement, query);
      long runs = client.insert(new Monitored(true)).id();
      running.await();
      client.insert(new Monitored(false)); // waits: the only slot is taken
      client.insert(new Monitored(false), InsertOptions.defaults().withQueue("other"));

      assertThat(number(statement, query)).isEqualTo(before + 2);
      client.queues().pause("default");
      assertThat(number(statement, query))
          .as("more replicas could not work what waits in a paused queue")
          .isEqualTo(
              number(
                  statement,
                  "SELECT count(*) FROM river_job WHERE state = 'running' AND queue = 'default'"));
      client.queues().resume("default");
      assertThat(number(statement, query)).isEqualTo(before + 2);
      client.jobs().operator("ada").cancel(runs);
    }
  }

  private static long number(Statement statement, String query) throws Exception {
    try (ResultSet rows = statement.executeQuery(query)) {
      assertThat(rows.next()).isTrue();
      return rows.getLong(1);
    }
  }
}
