package dev.cairn.benchmarks.measure;

import dev.cairn.benchmarks.figures.Spread;
import dev.cairn.benchmarks.figures.Table;
import dev.cairn.benchmarks.measure.BurnDown.Cost;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The figures of one contender after all rounds.
 *
 * @param jobsPerSecond the rates of the rounds
 * @param perJob the other costs of a job
 * @param rounds the measured rounds
 */
public record Standing(
    String name,
    String setting,
    Spread jobsPerSecond,
    double commitsPerJob,
    double walBytesPerJob,
    PerJob perJob,
    List<Cost> rounds) {
  static Standing of(Contender contender, List<Cost> rounds) {
    PerJob perJob = PerJob.of(rounds);
    return new Standing(
        contender.name(),
        contender.setting(),
        Spread.of(rounds.stream().map(Cost::jobsPerSecond).toList()),
        perJob.commits(),
        perJob.walBytes(),
        perJob,
        List.copyOf(rounds));
  }

  /** The speed as a multiple of the other's, round by round. */
  Spread ratioTo(Standing other) {
    return Spread.of(
        IntStream.range(0, rounds.size())
            .mapToObj(round ->
                rounds.get(round).jobsPerSecond() / other.rounds.get(round).jobsPerSecond())
            .toList());
  }

  /**
   * A table of the standings of one run, each with its ratio to the yardstick in the same rounds.
   */
  public static Table table(List<Standing> standings, Standing yardstick) {
    var table =
        new Table(
            "each job",
            "a second",
            "of " + yardstick.name(),
            "commits",
            "WAL bytes",
            "dead rows",
            "CPU µs (client + server)",
            "jobs a claim",
            "jobs",
            "setting");
    for (Standing standing : standings) {
      table.row(
          standing.name(),
          standing.jobsPerSecond(),
          standing.ratioTo(yardstick).toString(2),
          standing.commitsPerJob(),
          standing.walBytesPerJob(),
          standing.perJob().deadRows(),
          standing.perJob().cpu(),
          PerJob.text(standing.perJob().jobsPerClaim()),
          standing.rounds().getFirst().jobs(),
          standing.setting());
    }
    return table;
  }
}
