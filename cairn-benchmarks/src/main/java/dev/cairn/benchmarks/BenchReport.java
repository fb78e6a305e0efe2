package dev.cairn.benchmarks;

import dev.cairn.benchmarks.contenders.PlainSql;
import dev.cairn.benchmarks.figures.Spread;
import dev.cairn.benchmarks.figures.Table;
import dev.cairn.benchmarks.measure.BurnDown.Cost;
import dev.cairn.benchmarks.measure.PerJob;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;

/**
 * The figures of one run of the benchmark; each the median of its rounds.
 *
 * @param profile the indexes of the table
 * @param jobs the number of jobs worked in each round
 * @param workers the number of jobs that the client ran at once
 * @param jobsPerSecond the rate of a Cairn client
 * @param plainSqlPerSecond the rate of {@link PlainSql} on the same tables
 * @param ratio the first over the second, of the same round
 * @param commitsPerJob the commits of a client per job, including all its other work
 * @param walBytesPerJob the bytes of WAL per job, including all other work
 * @param cairn the costs of a job other than time, with Cairn
 * @param plainSql the costs of a job other than time, with plain SQL
 * @param rounds the measured rounds, in order
 */
record BenchReport(
    String profile,
    int jobs,
    int workers,
    long jobsPerSecond,
    long plainSqlPerSecond,
    double ratio,
    double commitsPerJob,
    double walBytesPerJob,
    double plainSqlCommitsPerJob,
    double plainSqlWalBytesPerJob,
    PerJob cairn,
    PerJob plainSql,
    List<Round> rounds) {
  BenchReport {
    rounds = List.copyOf(rounds);
  }

  /** One round: Cairn and plain SQL, on the same table. */
  record Round(Cost cairn, Cost plainSql) {
    double ratio() {
      return cairn.jobsPerSecond() / plainSql.jobsPerSecond();
    }
  }

  static BenchReport of(String profile, int jobs, int workers, List<Round> rounds) {
    return new BenchReport(
        profile,
        jobs,
        workers,
        Math.round(median(rounds, round -> round.cairn().jobsPerSecond())),
        Math.round(median(rounds, round -> round.plainSql().jobsPerSecond())),
        rounded(median(rounds, Round::ratio), 3),
        rounded(median(rounds, round -> round.cairn().commitsPerJob()), 5),
        rounded(median(rounds, round -> round.cairn().walBytesPerJob()), 1),
        rounded(median(rounds, round -> round.plainSql().commitsPerJob()), 5),
        rounded(median(rounds, round -> round.plainSql().walBytesPerJob()), 1),
        PerJob.of(rounds.stream().map(Round::cairn).toList()),
        PerJob.of(rounds.stream().map(Round::plainSql).toList()),
        rounds);
  }

  /** A table for people. */
  String text() {
    return """

    %,d jobs that do nothing, %,d at once, indexes %s, median of %d rounds (ratio: least to most):
    %sratio %.2f (%s)
    """
        .formatted(jobs, workers, profile, rounds.size(), table(), ratio, spread());
  }

  private Table table() {
    return new Table("", "Cairn", "plain SQL")
        .row("jobs per second", jobsPerSecond, plainSqlPerSecond)
        .row("commits per job", commitsPerJob, plainSqlCommitsPerJob)
        .row("WAL bytes per job", walBytesPerJob, plainSqlWalBytesPerJob)
        .row("dead rows per job", cairn.deadRows(), plainSql.deadRows())
        .row("CPU per job, client + server, µs", cairn.cpu(), plainSql.cpu())
        .row(
            "bytes allocated per job",
            PerJob.text(cairn.clientAllocatedBytes()),
            PerJob.text(plainSql.clientAllocatedBytes()))
        .row(
            "jobs per claim",
            PerJob.text(cairn.jobsPerClaim()),
            PerJob.text(plainSql.jobsPerClaim()))
        .row(
            "jobs per other commit",
            PerJob.text(cairn.jobsPerOtherCommit()),
            PerJob.text(plainSql.jobsPerOtherCommit()));
  }

  private String spread() {
    return rounds.stream()
        .map(Round::ratio)
        .sorted()
        .map(it -> String.format(Locale.ROOT, "%.2f", it))
        .collect(Collectors.joining(", "));
  }

  static double median(List<Round> rounds, ToDoubleFunction<Round> figure) {
    return Spread.of(rounds.stream().mapToDouble(figure).boxed().toList()).median();
  }

  private static double rounded(double value, int digits) {
    double scale = Math.pow(10, digits);
    return Math.round(value * scale) / scale;
  }
}
