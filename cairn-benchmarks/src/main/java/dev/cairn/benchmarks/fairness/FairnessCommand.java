package dev.cairn.benchmarks.fairness;

import dev.cairn.InsertOptions;
import dev.cairn.benchmarks.fairness.Fairness.Crowd;
import dev.cairn.benchmarks.fairness.Fairness.Waits;
import dev.cairn.benchmarks.figures.Spread;
import dev.cairn.benchmarks.figures.Table;
import dev.cairn.benchmarks.measure.Measurement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code ./cairn bench fairness}: jobs beside many other jobs. */
@Command(
    name = "fairness",
    description =
        "Measure how soon a job of a quiet queue is worked beside a busy queue, an urgent job "
            + "before many others, and fast jobs beside slow jobs that hold half of the slots. "
            + "Compares each with the same without the other jobs.",
    sortOptions = false)
public final class FairnessCommand extends Measurement<FairnessCommand.Report> {
  private static final int URGENT_AMONG = 100_000;
  private static final InsertOptions QUIET = InsertOptions.defaults().withQueue(Fairness.QUIET);
  private static final InsertOptions URGENT = InsertOptions.defaults().withPriority(1);

  @Option(
      names = "--jobs",
      paramLabel = "N",
      defaultValue = "1000000",
      description = "The number of jobs in the busy queue (default: ${DEFAULT-VALUE}).")
  private int jobs;

  @Option(
      names = "--seconds",
      paramLabel = "N",
      defaultValue = "20",
      description =
          "How long single jobs are inserted, unless the others are worked sooner "
              + "(default: ${DEFAULT-VALUE}).")
  private int seconds;

  /** The figures of single jobs in one round. */
  record Probes(String name, int round, Waits waits) {}

  /**
   * The figures of fast jobs beside slow jobs in one round.
   *
   * @param slow the number of slots that slow jobs hold
   */
  record Beside(int slow, int round, double jobsPerSecond) {}

  /** All rounds. */
  record Report(int jobs, int seconds, List<Probes> probes, List<Beside> beside) {}

  @Override
  protected Report measure() throws Exception {
    require("--jobs", jobs, 5, 10_000_000);
    require("--seconds", seconds, 1, 3_600);
    try (var server = startServer()) {
      var fairness = new Fairness(server.migrated());
      var warmUp = Duration.ofSeconds(1);
      for (InsertOptions options : List.of(QUIET, URGENT)) {
        Waits waits = fairness.probe(new Crowd(4, Math.min(jobs, 10_000)), options, warmUp);
        tell("warmed up: %s ms", waits.untilWork());
      }
      var probes = new ArrayList<Probes>();
      var beside = new ArrayList<Beside>();
      for (int round = 1; round <= rounds(); round++) {
        Duration time = Duration.ofSeconds(seconds);
        for (int crowd : List.of(0, jobs)) {
          Waits waits = fairness.probe(new Crowd(1, crowd), QUIET, time);
          probes.add(new Probes("quiet queue", round, waits));
        }
        for (int crowd : List.of(0, Math.min(jobs, URGENT_AMONG))) {
          Waits waits = fairness.probe(new Crowd(4, crowd), URGENT, time);
          probes.add(new Probes("urgent job", round, waits));
        }
        for (int slow : List.of(0, Fairness.SLOTS / 2)) {
          beside.add(new Beside(slow, round, fairness.workBeside(slow, Math.max(jobs / 5, 5))));
        }
        tell("round %d of %d", round, rounds());
      }
      return new Report(jobs, seconds, probes, beside);
    }
  }

  @Override
  protected String text(Report report) {
    var probes =
        new Table(
            "",
            "others",
            "left at the end",
            "jobs",
            "until work, ms (p50 / p95 / p99 / max)",
            "claims at most");
    for (Probes each : report.probes()) {
      Waits waits = each.waits();
      probes.row(
          "%s, round %d".formatted(each.name(), each.round()),
          waits.crowd(),
          waits.crowdLeft(),
          waits.probes(),
          waits.untilWork(),
          waits.claimsMost());
    }
    var beside = new Table("fast jobs", "jobs per second");
    for (int slow : List.of(0, Fairness.SLOTS / 2)) {
      beside.row(
          "%,d of %,d slots held by slow ones".formatted(slow, Fairness.SLOTS),
          Spread.of(
              report.beside().stream()
                  .filter(each -> each.slow() == slow)
                  .map(Beside::jobsPerSecond)
                  .toList()));
    }
    return probes.toString() + beside;
  }
}
