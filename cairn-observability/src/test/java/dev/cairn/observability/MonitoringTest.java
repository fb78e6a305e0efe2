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
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What docs/monitoring has names only meters and labels that there are. */
class MonitoringTest {
  @RegisterExtension static final CairnExtension cairn = new CairnExtension();

  private static final Path FILES = Path.of("../docs/monitoring");
  private static final Pattern METER = Pattern.compile("\\bcairn_[a-z_]+");
  private static final Pattern LABEL =
      Pattern.compile("by \\(([a-z, ]+)\\)|\\b([a-z]+)=~?\"|label_values\\([a-z_]+, ([a-z]+)\\)");
  private static final Pattern INCREASE = Pattern.compile("increase\\(([a-z_]+)");
  private static final Pattern QUERY = Pattern.compile("(?s)query: \\|\\n(.*)");

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
        .atMost(Duration.ofSeconds(20))
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

  @Test
  void theDashboardAndTheRulesNameOnlyMetersAndLabelsThatThereAre() throws Exception {
    String scraped = scrape();
    Set<String> meters = found(METER, scraped);
    for (String file : List.of("grafana-dashboard.json", "prometheus-rules.yaml")) {
      String text = text(file);
      assertThat(meters).as(file).containsAll(found(METER, text));
      LABEL
          .matcher(text.replace("\\\"", "\""))
          .results()
          .flatMap(match -> Stream.of(match.group(1), match.group(2), match.group(3)))
          .filter(Objects::nonNull)
          .flatMap(labels -> Stream.of(labels.split(", ")))
          .forEach(label -> assertThat(scraped).as(file).contains(label + "=\""));
    }
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
    JsonNode dashboard = JsonMapper.shared().readTree(text("grafana-dashboard.json"));

    var places = new TreeSet<String>();
    for (JsonNode panel : dashboard.get("panels")) {
      assertThat(panel.get("targets")).isNotEmpty();
      assertThat(places.add(panel.get("gridPos").toString())).isTrue();
    }
    assertThat(places).hasSizeGreaterThan(10);
  }

  @Test
  void theQueryOfKedaCountsWhatWaitsAndRuns() throws Exception {
    var match = QUERY.matcher(text("keda-scaledobject.yaml"));
    assertThat(match.find()).isTrue();
    Cairn client = cairn.client();
    try (Connection connection = cairn.dataSource().getConnection();
        Statement statement = connection.createStatement()) {
      long before = number(statement, match.group(1));
      client.insert(new Monitored(false));
      client.insert(new Monitored(false), InsertOptions.defaults().withQueue("other"));

      assertThat(number(statement, match.group(1))).isEqualTo(before + 1);
    }
  }

  private static long number(Statement statement, String query) throws Exception {
    try (ResultSet rows = statement.executeQuery(query)) {
      assertThat(rows.next()).isTrue();
      return rows.getLong(1);
    }
  }
}
