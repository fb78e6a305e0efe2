package dev.cairn.cli.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.cli.CommandRun;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The instrument works; what it measures is not for a test. */
@Tag("once")
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class BenchCommandTest {
  @Test
  void reportsEveryFigure() {
    CommandRun run =
        CommandRun.of("bench", "--jobs", "2000", "--workers", "50", "--rounds", "2", "--json");

    assertThat(run.exitCode()).as(run.err()).isZero();
    JsonNode report = JsonMapper.shared().readTree(run.out());
    assertThat(report.get("jobs").asInt()).isEqualTo(2_000);
    assertThat(report.get("jobs_per_second").asDouble()).isPositive();
    assertThat(report.get("plain_sql_per_second").asDouble()).isPositive();
    assertThat(report.get("ratio").asDouble()).isPositive();
    // A claim and a completion for every 50 jobs at the very least, and one for each job at most.
    assertThat(report.get("commits_per_job").asDouble()).isBetween(0.001, 2.1);
    assertThat(report.get("wal_bytes_per_job").asDouble()).isGreaterThan(100);
    assertThat(report.get("rounds")).hasSize(2);
    assertThat(run.err()).contains("round 2 of 2");
  }

  @Test
  void printsATableForPeople() {
    CommandRun run = CommandRun.of("bench", "--jobs", "100", "--rounds", "1");

    assertThat(run.out()).contains("jobs per second", "commits per job", "ratio");
  }

  @Test
  void reportsWhatEachRungOfAResumableJobCosts() {
    CommandRun run = CommandRun.of("bench", "resumable", "--scale", "1", "--rounds", "1");

    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(run.out())
        .contains(
            "job with three steps",
            "checkpoint, 100 jobs at once",
            "a row and advanceTx, one job",
            "one UPDATE per advance, 100 jobs");
    CommandRun one =
        CommandRun.of(
            "bench", "resumable", "--scale", "1", "--rounds", "1", "--only", "plain", "--json");
    JsonNode report = JsonMapper.shared().readTree(one.out());
    assertThat(report.get("median")).hasSize(1);
    assertThat(report.get("median").get(0).get("operations_per_second").asDouble()).isPositive();
    assertThat(CommandRun.of("bench", "resumable", "--scale", "0").exitCode()).isNotZero();
  }
}
