package dev.cairn.benchmarks.kill;

import dev.cairn.benchmarks.figures.Table;
import dev.cairn.benchmarks.kill.WalkingProcess.Begin;
import dev.cairn.benchmarks.measure.Measurement;
import dev.cairn.benchmarks.measure.Server;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code ./cairn bench kill}: how soon its jobs run again, and from where. */
@Command(
    name = "kill",
    description =
        "Kill a worker process with SIGKILL while its jobs move their cursors. Measures how soon "
            + "they run again in another process, and how old the positions are from which they "
            + "continue.",
    sortOptions = false)
public final class KillCommand extends Measurement<KillCommand.Report> {
  private static final long SEED = 20261125;

  /**
   * How long jobs run before the kill, so that each job has moved its cursor, and most positions
   * are written.
   */
  private static final Duration WALK = Duration.ofSeconds(2);

  @Option(
      names = "--jobs",
      paramLabel = "N",
      defaultValue = "1000",
      description = "The number of jobs of the process (default: ${DEFAULT-VALUE}).")
  private int jobs;

  @Option(
      names = "--timeout",
      paramLabel = "SECONDS",
      defaultValue = "30",
      description =
          "How long after its last heartbeat a client counts as dead (default: ${DEFAULT-VALUE}, "
              + "as in Cairn).")
  private int timeoutSeconds;

  @Option(
      names = "--backlog",
      paramLabel = "N",
      defaultValue = "0",
      description =
          "The number of other jobs, of a second each, that wait for the same slots (default: "
              + "${DEFAULT-VALUE}).")
  private int backlog;

  /**
   * One kill.
   *
   * @param firstSeconds the time until the first job ran again
   * @param lastSeconds the time until all jobs ran again
   * @param lostMillis how long before the kill the positions were saved from which jobs continued,
   *     in ascending order
   */
  record Death(double firstSeconds, double lastSeconds, List<Long> lostMillis) {
    long lostMillisMost() {
      return lostMillis.getLast();
    }

    long lostMillisMedian() {
      return lostMillis.get(lostMillis.size() / 2);
    }
  }

  /** All kills. */
  record Report(int jobs, int backlog, int heartbeatTimeoutSeconds, List<Death> deaths) {}

  @Override
  protected String handler() {
    return "moves its cursor a hundred times a second";
  }

  @Override
  protected Report measure() throws Exception {
    require("--jobs", jobs, 1, 10_000);
    require("--timeout", timeoutSeconds, 1, 600);
    require("--backlog", backlog, 0, 1_000_000);
    var random = new Random(SEED);
    var deaths = new ArrayList<Death>();
    try (var server = startServer()) {
      for (int round = 1; round <= rounds(); round++) {
        Death death = death(server.migrated(), random);
        deaths.add(death);
        tell("round %d of %d: all run again after %.1f s", round, rounds(), death.lastSeconds());
      }
    }
    return new Report(jobs, backlog, timeoutSeconds, deaths);
  }

  private Death death(Server.Database database, Random random) throws Exception {
    Duration timeout = Duration.ofSeconds(timeoutSeconds);
    database.table().fill(jobs + backlog);
    database.table().settle();
    try (Walker victim = Walker.start(database.login(), jobs, timeout)) {
      victim.awaitBegun(jobs, timeout.plusMinutes(1));
      try (Walker heir = Walker.start(database.login(), jobs, timeout)) {
        // A client sends four heartbeats within the timeout. The kill is at a random time between
        // two.
        TimeUnit.MILLISECONDS.sleep(
            WALK.toMillis() + random.nextLong(timeout.dividedBy(4).toMillis()));
        long killed = System.currentTimeMillis();
        victim.kill();
        List<Begin> begun = heir.awaitBegun(jobs, timeout.multipliedBy(3).plusMinutes(1));
        checkNothingLost(database, begun);
        return death(killed, begun);
      }
    }
  }

  private static Death death(long killed, List<Begin> begun) {
    var times = begun.stream().mapToLong(Begin::at).summaryStatistics();
    return new Death(
        (times.getMin() - killed) / 1e3,
        (times.getMax() - killed) / 1e3,
        begun.stream().map(begin -> killed - begin.position()).sorted().toList());
  }

  private void checkNothingLost(Server.Database database, List<Begin> begun) throws Exception {
    long different = begun.stream().map(Begin::job).distinct().count();
    int running =
        database
            .table()
            .count("state = 'running' AND attempt = 1 AND (args->>'number')::integer <= " + jobs);
    int waiting = database.table().count("state = 'available'");
    if (backlog > 0 && waiting == 0) {
      throw new IllegalStateException("the backlog was worked before all jobs ran again");
    }
    if (different != jobs || running != jobs) {
      throw new IllegalStateException(
          "of %d jobs %d began again, and %d run in their first counted attempt"
              .formatted(jobs, different, running));
    }
  }

  @Override
  protected String text(Report report) {
    var table =
        new Table(
            "%,d jobs, %,d others wait, heartbeat timeout %d s"
                .formatted(report.jobs(), report.backlog(), report.heartbeatTimeoutSeconds()),
            "s until the first runs again",
            "until all do",
            "ms of work lost, median job",
            "most");
    for (int round = 1; round <= report.deaths().size(); round++) {
      Death death = report.deaths().get(round - 1);
      table.row(
          "round %d".formatted(round),
          death.firstSeconds(),
          death.lastSeconds(),
          death.lostMillisMedian(),
          death.lostMillisMost());
    }
    return table.toString();
  }
}
