package dev.cairn.observability;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** One Prometheus scrapes many applications: none may hide what is wrong with another one. */
class ManyApplicationsTest {
  private static final Path FILES = Path.of("../docs/monitoring");

  @Test
  void theRulesTellApplicationsAndSchemasApart() throws IOException {
    String rules =
        Files.readString(FILES.resolve("prometheus-rules.yaml"))
            .lines()
            .filter(line -> !line.stripLeading().startsWith("#"))
            .filter(line -> !line.contains("summary:") && !line.contains("description:"))
            .reduce("", (all, line) -> all + line + "\n");

    assertThat(rules)
        .contains("sum by (job, schema) (cairn_leader)")
        .doesNotContainPattern("\\b(sum|max|group)\\b(?!:| by \\(job, schema\\b)")
        .doesNotContainPattern("\\bon \\((?!job, schema\\b)");
  }

  /** Seen before: where all programs only insert, the rule fired for ever. */
  @Test
  void onlyApplicationsThatHaveLedAreMissed() throws IOException {
    String rule =
        Files.readString(FILES.resolve("prometheus-rules.yaml"))
            .replaceAll("\\s+", " ")
            .replaceAll(".* alert: CairnNobodyLeads expr: (.*?) for: .*", "$1");

    assertThat(rule)
        .contains("max_over_time(cairn_leader[1d]) == 1")
        .doesNotContain("absent", "present_over_time");
  }

  @Test
  void theDashboardShowsTheApplicationsAndSchemasThatAreChosen() throws IOException {
    JsonNode dashboard =
        JsonMapper.shared().readTree(Files.readString(FILES.resolve("grafana-dashboard.json")));
    List<String> queries = new ArrayList<>();
    for (JsonNode panel : dashboard.get("panels")) {
      panel.get("targets").forEach(target -> queries.add(target.get("expr").asString()));
    }

    assertThat(queries)
        .hasSizeGreaterThan(15)
        .allSatisfy(query ->
            assertThat(query)
                .doesNotContainPattern(
                    "\\bcairn_[a-z_]+(?![a-z_]|\\{job=~\"\\$job\",schema=~\"\\$schema\")"));
  }
}
