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
import dev.cairn.benchmarks.measure.RiverTable;
import dev.cairn.benchmarks.measure.Server;
import dev.cairn.embedded.FreshDatabase;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code ./cairn bench idle-clients}: the cost of idle clients. */
@Command(
    name = "idle-clients",
    description =
        "Start clients whose queues have no jobs, and count the server's commits and processor "
            + "time while they wait, next to loops that only poll.",
    sortOptions = false)
final class IdleCommand extends Measurement<IdleCommand.Report> {
  /** The size of each client's own pool. A shared pool would hide the cost of connections. */
  private static final int CONNECTIONS = 4;

  /** The slots of each queue of a client. */
  private static final int SLOTS = 10;

  /** How long jobs may take to be found after the last round. */
  private static final int PROOF_SECONDS = 60;

  private volatile CountDownLatch taken = new CountDownLatch(0);

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
      names = "--poll-interval",
      paramLabel = "SECONDS",
      defaultValue = "1",
      description = "The interval at which a queue is polled (default: ${DEFAULT-VALUE}).")
  private int pollSeconds;

  @Option(
      names = "--settle",
      paramLabel = "SECONDS",
      defaultValue = "15",
      description =
          "How long to wait before the first round (default: ${DEFAULT-VALUE}). The server plans"
              + " the first ten calls of a statement on each connection, so clients that have run"
              + " for minutes cost less.")
  private int settleSeconds;

  @Option(
      names = "--seconds",
      paramLabel = "N",
      defaultValue = "10",
      description = "The length of a round (default: ${DEFAULT-VALUE}).")
  private int seconds;

  /**
   * The cost of all clients of one kind.
   *
   * @param serverCpuCores the busy share of a processor, of the server; null if it is unknown
   */
  record Side(String name, Spread commitsPerSecond, @Nullable Spread serverCpuCores) {}

  /** The costs of all kinds. */
  record Report(int clients, int queues, int pollSeconds, List<Side> sides) {}

  /** A client or a loop that waits for jobs. */
  private interface Waiting extends AutoCloseable {
    /** Fails if it has stopped looking for jobs. */
    void check() throws Exception;

    @Override
    void close();
  }

  @Override
  protected Report measure() throws Exception {
    // A server with default settings has room for a hundred connections.
    require("--clients", clients, 1, 23);
    require("--queues", queues, 1, 1_000);
    require("--settle", settleSeconds, 0, 86_400);
    require("--poll-interval", pollSeconds, 1, 3_600);
    require("--seconds", seconds, 1, 3_600);
    try (var server = startServer()) {
      Server.Database database = server.migrated();
      var counters = new DatabaseCounters(database.dataSource(), database.name());
      return new Report(
          clients,
          queues,
          pollSeconds,
          List.of(
              measure("Cairn", database.login(), counters, this::startClient),
              measure("one query by hand", database.login(), counters, this::startLoop)));
    }
  }

  private Side measure(
      String name,
      FreshDatabase login,
      DatabaseCounters counters,
      Function<HikariDataSource, Waiting> start)
      throws Exception {
    var pools = new ArrayList<HikariDataSource>();
    var started = new ArrayList<Waiting>();
    try {
      for (int i = 0; i < clients; i++) {
        HikariDataSource pool = CairnClient.pool(login, CONNECTIONS);
        pools.add(pool);
        started.add(start.apply(pool));
      }
      TimeUnit.SECONDS.sleep(settleSeconds);
      Side side = rounds(name, counters);
      prove(login, started);
      return side;
    } finally {
      started.forEach(Waiting::close);
      pools.forEach(HikariDataSource::close);
    }
  }

  /**
   * Inserts as many jobs as all clients together have slots for a queue. Each job waits until all
   * of them run, so a client that takes none is noticed. A loop must have seen them.
   */
  private void prove(FreshDatabase login, List<Waiting> started) throws Exception {
    var table = new RiverTable(login.dataSource(), List.of(queueNames().getFirst()));
    taken = new CountDownLatch(clients * SLOTS);
    table.fill(clients * SLOTS);
    for (Waiting waiting : started) {
      waiting.check();
    }
    table.empty();
  }

  private void takeUntilAllAre() throws InterruptedException {
    taken.countDown();
    boolean ignored = taken.await(PROOF_SECONDS, TimeUnit.SECONDS);
  }

  private Waiting startClient(DataSource pool) {
    Cairn client = client(pool);
    client.start();
    return new Waiting() {
      @Override
      public void check() throws Exception {
        if (!taken.await(pollSeconds + PROOF_SECONDS, TimeUnit.SECONDS)) {
          throw new IllegalStateException(
              "%d jobs were not taken: not all clients looked for jobs, and the figures would be worthless"
                  .formatted(taken.getCount()));
        }
      }

      @Override
      public void close() {
        client.stopNow();
      }
    };
  }

  /** A loop without heartbeat, leader election and rescue. */
  private Waiting startLoop(DataSource pool) {
    var loops = Executors.newSingleThreadScheduledExecutor();
    var seen = new CountDownLatch(1);
    var future =
        loops.scheduleWithFixedDelay(() -> look(pool, seen), 0, pollSeconds, TimeUnit.SECONDS);
    return new Waiting() {
      @Override
      public void check() throws Exception {
        if (future.isDone()) {
          future.get(); // this throws what has ended the loop
        }
        if (!seen.await(pollSeconds + PROOF_SECONDS, TimeUnit.SECONDS)) {
          throw new IllegalStateException("a loop has not seen a job that was due");
        }
      }

      @Override
      public void close() {
        loops.shutdownNow();
      }
    };
  }

  private void look(DataSource pool, CountDownLatch seen) {
    try (var connection = pool.getConnection();
        var query =
            connection.prepareStatement(
                """
                SELECT id FROM river_job
                WHERE state = 'available' AND queue = ANY (?) AND scheduled_at <= now()
                ORDER BY priority, scheduled_at, id LIMIT 10 FOR UPDATE SKIP LOCKED
                """)) {
      query.setArray(1, connection.createArrayOf("text", queueNames().toArray()));
      try (ResultSet rows = query.executeQuery()) {
        if (rows.next()) {
          seen.countDown();
        }
      }
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private List<String> queueNames() {
    return IntStream.range(0, queues).mapToObj(number -> "queue_" + number).toList();
  }

  private Cairn client(DataSource pool) {
    CairnBuilder builder =
        Cairn.builder(pool)
            .pollInterval(Duration.ofSeconds(pollSeconds))
            .workers(
                Workers.builder()
                    .register(Noop.class, (job, context) -> takeUntilAllAre())
                    .build());
    queueNames().forEach(queue -> builder.queue(queue, SLOTS));
    return builder.build();
  }

  private Side rounds(String name, DatabaseCounters counters) throws Exception {
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
      tell("round %d of %d: %s %.0f commits/s", round, rounds(), name, commits.getLast());
    }
    return new Side(name, Spread.of(commits), cores.isEmpty() ? null : Spread.of(cores));
  }

  @Override
  protected String handler() {
    return "there are none";
  }

  @Override
  protected String text(Report report) {
    var table =
        new Table(
            "%d clients of %d queues, polled every %d s"
                .formatted(report.clients(), report.queues(), report.pollSeconds()),
            "commits per second",
            "of a processor, server");
    for (Side side : report.sides()) {
      Spread cores = side.serverCpuCores();
      table.row(
          side.name(),
          side.commitsPerSecond().toString(1),
          cores == null
              ? "?"
              : String.format(
                  Locale.ROOT,
                  "%.1f %% (%.1f to %.1f)",
                  cores.median() * 100,
                  cores.least() * 100,
                  cores.most() * 100));
    }
    return table.toString();
  }
}
