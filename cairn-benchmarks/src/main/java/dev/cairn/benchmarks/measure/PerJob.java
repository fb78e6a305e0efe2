package dev.cairn.benchmarks.measure;

import dev.cairn.benchmarks.figures.Spread;
import dev.cairn.benchmarks.measure.BurnDown.Cost;
import dev.cairn.benchmarks.measure.Progress.Claims;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The costs of a job other than time. Each figure is the median of several rounds.
 *
 * @param deadRows the row versions that its updates and deletions leave to the vacuum
 * @param hotShare the share of its updates that wrote to no index, 0 to 1
 * @param clientCpuMicros the processor time of the clients
 * @param clientAllocatedBytes the allocated heap; null if it is unknown
 * @param serverCpuMicros the processor time of the whole server; null if it is unknown
 * @param jobsPerClaim the jobs of a claim that found some; null if claims are not counted
 * @param jobsPerOtherCommit the jobs per commit that is not a claim. These commits include
 *     heartbeats and upkeep, so a completion covers at least as many jobs; null if claims are not
 *     counted
 */
public record PerJob(
    double commits,
    double walBytes,
    double deadRows,
    double hotShare,
    double clientCpuMicros,
    @Nullable Double clientAllocatedBytes,
    @Nullable Double serverCpuMicros,
    @Nullable Double jobsPerClaim,
    @Nullable Double jobsPerOtherCommit) {
  /** The medians of these rounds. */
  public static PerJob of(List<Cost> rounds) {
    return new PerJob(
        known(rounds, Cost::commitsPerJob),
        known(rounds, Cost::walBytesPerJob),
        known(rounds, Cost::deadRowsPerJob),
        known(rounds, PerJob::hotShare),
        known(rounds, cost -> cost.microsPerJob(cost.clientCpu())),
        median(rounds, PerJob::clientAllocatedBytes),
        median(rounds, PerJob::serverCpuMicros),
        median(rounds, PerJob::jobsPerClaim),
        median(rounds, PerJob::jobsPerOtherCommit));
  }

  private static double hotShare(Cost cost) {
    return (double) cost.rows().hotUpdated() / Math.max(1, cost.rows().updated());
  }

  private static @Nullable Double clientAllocatedBytes(Cost cost) {
    Long bytes = cost.clientAllocatedBytes();
    return bytes == null ? null : (double) bytes / cost.jobs();
  }

  private static @Nullable Double serverCpuMicros(Cost cost) {
    Duration serverCpu = cost.serverCpu();
    return serverCpu == null ? null : cost.microsPerJob(serverCpu);
  }

  private static @Nullable Double jobsPerClaim(Cost cost) {
    Claims claims = cost.claims();
    return claims == null ? null : claims.jobsPerClaim();
  }

  private static @Nullable Double jobsPerOtherCommit(Cost cost) {
    Claims claims = cost.claims();
    return claims == null
        ? null
        : (double) cost.jobs() / Math.max(1, cost.commits() - claims.statements());
  }

  private static double known(List<Cost> rounds, Function<Cost, Double> figure) {
    return Spread.of(rounds.stream().map(figure).toList()).median();
  }

  private static @Nullable Double median(
      List<Cost> rounds, Function<Cost, @Nullable Double> figure) {
    List<Double> figures =
        rounds.stream().<@Nullable Double>map(figure).filter(Objects::nonNull).toList();
    return figures.isEmpty() ? null : Spread.of(figures).median();
  }

  /** The times of client and server for a table, in microseconds. */
  public String cpu() {
    return String.format(Locale.ROOT, "%.0f + %s", clientCpuMicros, text(serverCpuMicros));
  }

  /** A figure for a table. */
  public static String text(@Nullable Double figure) {
    return figure == null
        ? "?"
        : String.format(Locale.ROOT, figure < 10 ? "%.2f" : "%,.0f", figure);
  }
}
