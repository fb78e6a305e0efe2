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

  /** Whether both have worked the same number of jobs, so that their rates can be compared. */
  boolean isComparableTo(Standing other) {
    return rounds.size() == other.rounds.size()
        && rounds.getFirst().jobs() == other.rounds.getFirst().jobs();
  }

  /**
   * The speed as a multiple of the other's, round by round.
   *
   * @throws IllegalArgumentException if the numbers of jobs differ: the start of a client takes a
   *     larger share of the time of fewer jobs
   */
  Spread ratioTo(Standing other) {
    if (!isComparableTo(other)) {
      throw new IllegalArgumentException(
          "%s and %s did not work the same number of jobs".formatted(name, other.name));
    }
    return Spread.of(
        IntStream.range(0, rounds.size())
            .mapToObj(round ->
                rounds.get(round).jobsPerSecond() / other.rounds.get(round).jobsPerSecond())
            .toList());
  }

  /** The median of the seconds until the first job was worked. */
  double start() {
    return Spread.of(rounds.stream().map(round -> round.start().toNanos() / 1e9).toList()).median();
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
            "start, s",
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
          standing.isComparableTo(yardstick)
              ? standing.ratioTo(yardstick).toString(2)
              : "other jobs",
          standing.start(),
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
