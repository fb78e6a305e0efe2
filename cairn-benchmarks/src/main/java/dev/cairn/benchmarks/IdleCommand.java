package dev.cairn.benchmarks;

import com.zaxxer.hikari.HikariDataSource;
import dev.cairn.Cairn;
import dev.cairn.CairnBuilder;
import dev.cairn.Workers;
import dev.cairn.benchmarks.contenders.CairnClient;
import dev.cairn.benchmarks.contenders.CairnClient.Noop;
import dev.cairn.benchmarks.figures.Spread;
import dev.cairn.benchmarks.figures.Table;
import dev.cairn.benchmarks.measure.DatabaseCounters;
import dev.cairn.benchmarks.measure.DatabaseCounters.Reading;
import dev.cairn.benchmarks.measure.Measurement;
import dev.cairn.benchmarks.measure.Server;
import dev.cairn.embedded.FreshDatabase;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code ./cairn bench idle-clients}: what clients cost that have nothing to do. */
@Command(
    name = "idle-clients",
    description =
        "Start clients whose queues have no jobs, and count the server's commits and processor "
            + "time while they wait.",
    sortOptions = false)
final class IdleCommand extends Measurement<IdleCommand.Report> {
  /** Of a client's own pool: what many clients share would hide what a connection costs. */
  private static final int CONNECTIONS = 4;

  /** Until all have claimed, and one of them leads. */
  private static final Duration SETTLED = Duration.ofSeconds(15);

  @Option(
      names = "--clients",
      paramLabel = "N",
      defaultValue = "20",
      description = "The number of clients, at most 23 (default: ${DEFAULT-VALUE}).")
  private int clients;

  @Option(
      names = "--queues",
      paramLabel = "N",
      defaultValue = "10",
      description = "The number of queues of each client (default: ${DEFAULT-VALUE}).")
  private int queues;

  @Option(
      names = "--seconds",
      paramLabel = "N",
      defaultValue = "10",
      description = "The length of a round (default: ${DEFAULT-VALUE}).")
  private int seconds;

  /**
   * What all of them cost.
   *
   * @param serverCpuCores how much of a processor the server was busy; null where it is not known
   */
  record Report(
      int clients, int queues, Spread commitsPerSecond, @Nullable Spread serverCpuCores) {}

  @Override
  protected Report measure() throws Exception {
    // A server with default settings has room for a hundred connections.
    require("--clients", clients, 1, 23);
    require("--queues", queues, 1, 1_000);
    require("--seconds", seconds, 1, 3_600);
    try (var server = startServer()) {
      Server.Database database = server.migrated();
      return measure(
          database.login(), new DatabaseCounters(database.dataSource(), database.name()));
    }
  }

  private Report measure(FreshDatabase login, DatabaseCounters counters) throws Exception {
    var pools = new ArrayList<HikariDataSource>();
    var started = new ArrayList<Cairn>();
    try {
      for (int i = 0; i < clients; i++) {
        HikariDataSource pool = CairnClient.pool(login, CONNECTIONS);
        pools.add(pool);
        Cairn client = client(pool);
        started.add(client);
        client.start();
      }
      TimeUnit.NANOSECONDS.sleep(SETTLED.toNanos());
      return rounds(counters);
    } finally {
      started.forEach(Cairn::stopNow);
      pools.forEach(HikariDataSource::close);
    }
  }

  private Cairn client(DataSource pool) {
    CairnBuilder builder =
        Cairn.builder(pool)
            .workers(Workers.builder().register(Noop.class, (job, context) -> {}).build());
    for (int i = 0; i < queues; i++) {
      builder.queue("queue_" + i, 10);
    }
    return builder.build();
  }

  private Report rounds(DatabaseCounters counters) throws Exception {
    var commits = new ArrayList<Double>();
    var cores = new ArrayList<Double>();
    for (int round = 1; round <= rounds(); round++) {
      Reading before = counters.readNow();
      long began = System.nanoTime();
      TimeUnit.SECONDS.sleep(seconds);
      Reading after = counters.readNow();
      double took = (System.nanoTime() - began) / 1e9;
      commits.add((after.commits() - before.commits()) / took);
      if (before.serverCpu() != null && after.serverCpu() != null) {
        cores.add(after.serverCpu().minus(before.serverCpu()).toNanos() / 1e9 / took);
      }
      tell("round %d of %d: %.0f commits/s", round, rounds(), commits.getLast());
    }
    return new Report(
        clients, queues, Spread.of(commits), cores.isEmpty() ? null : Spread.of(cores));
  }

  @Override
  protected String handler() {
    return "there are none";
  }

  @Override
  protected String text(Report report) {
    var table =
        new Table("%d clients of %d queues".formatted(report.clients(), report.queues()), "");
    table.row("commits per second", report.commitsPerSecond().toString(1));
    if (report.serverCpuCores() != null) {
      Spread cores = report.serverCpuCores();
      table.row(
          "of a processor, server",
          String.format(
              Locale.ROOT,
              "%.1f %% (%.1f to %.1f)",
              cores.median() * 100,
              cores.least() * 100,
              cores.most() * 100));
    }
    return table.toString();
  }
}
