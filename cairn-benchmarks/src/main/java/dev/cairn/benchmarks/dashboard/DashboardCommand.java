package dev.cairn.benchmarks.dashboard;

import dev.cairn.benchmarks.contenders.CairnClient;
import dev.cairn.benchmarks.figures.Latencies;
import dev.cairn.benchmarks.figures.Percentiles;
import dev.cairn.benchmarks.figures.Table;
import dev.cairn.benchmarks.measure.DatabaseCounters;
import dev.cairn.benchmarks.measure.Measurement;
import dev.cairn.benchmarks.measure.Server;
import dev.cairn.dashboard.Dashboard;
import dev.cairn.dashboard.Grant;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import javax.sql.DataSource;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code ./cairn bench dashboard}: each request of the dashboard's API. */
@Command(
    name = "dashboard",
    description = {
      "Fill a table with jobs of all states, and call each read of the dashboard's API, one after "
          + "the other, then the actions, and the checks of health once a round.",
      "BY says how the table of jobs was read: by which of its indexes, or as a whole. READ is the "
          + "number of their entries and rows that one call reads, as the server counts them. "
          + "CHANGED is the number of jobs or queues that one call changes."
    },
    sortOptions = false)
public final class DashboardCommand extends Measurement<DashboardCommand.Report> {
  private static final int CONNECTIONS = 3;

  /** Jobs that are retried and cancelled, one after the other. */
  private static final int ACTED_ON = 100;

  /** How often the page of jobs asks for the counts. */
  private static final Duration COUNTS = Duration.ofSeconds(15);

  /** How often the page of quarantined items asks for them. */
  private static final Duration QUARANTINE = Duration.ofSeconds(5);

  private static final String TABLE = "river_job";
  private static final String TABLE_PLAN = "table";
  private static final String INDEX_PLAN = "index";
  private static final String NO_PLAN = "none";

  @Option(
      names = "--jobs",
      paramLabel = "N",
      defaultValue = "100000",
      description = "The number of jobs in the table (default: ${DEFAULT-VALUE}).")
  private int jobs;

  @Option(
      names = "--calls",
      paramLabel = "N",
      defaultValue = "20",
      description =
          "The number of calls of each read and action in a round (default: ${DEFAULT-VALUE}).")
  private int calls;

  @Option(
      names = "--open",
      paramLabel = "SECONDS",
      defaultValue = "0",
      description = {
        "Measure also what pages cost the database that stay open, for as many seconds with none, "
            + "one, three and four of them (default: ${DEFAULT-VALUE}, not at all)."
      })
  private int openSeconds;

  /**
   * The figures of a read.
   *
   * @param micros the time of a call, from the request to the bytes of its answer
   * @param entriesRead the entries read from the table's indexes, and the rows if the whole table
   *     was read
   * @param plan {@code none}, {@code index} or {@code table}
   * @param indexes the indexes of the table of jobs that were used
   */
  record Line(
      String name,
      String route,
      Percentiles micros,
      long entriesRead,
      String plan,
      List<String> indexes) {}

  /**
   * The figures of an action.
   *
   * @param changed the number of jobs or queues that one call has changed, on average
   */
  record Changes(String name, String route, Percentiles micros, double changed) {}

  /**
   * The figures of all requests, and of open pages if they were asked for.
   *
   * @param health the time of all checks of health together
   */
  record Report(
      int jobs,
      int calls,
      List<Line> reads,
      List<Changes> acts,
      Percentiles health,
      List<OpenPages.Cost> open) {}

  @Override
  protected Report measure() throws Exception {
    require("--jobs", jobs, 1_000, 20_000_000);
    require("--calls", calls, 1, 100_000);
    require("--open", openSeconds, 0, 3_600);
    try (var server = startServer()) {
      Server.Database database = server.migrated();
      var many = new ManyJobs(database.table(), this::tell);
      many.fill(jobs);
      List<Measured> reads = counted(database.dataSource(), ApiRead.all(many.newest("running")));
      time(database, reads);
      Percentiles health = health(database);
      List<Changes> acts = acts(database, many.newest("discarded", ACTED_ON));
      return new Report(
          jobs,
          calls * rounds(),
          reads.stream().map(DashboardCommand::line).toList(),
          acts,
          health,
          openSeconds == 0 ? List.of() : open(database, many.newest("running")));
    }
  }

  /** Each look has a dashboard of its own, because a dashboard keeps what it has found. */
  private Percentiles health(Server.Database database) {
    var looks = new Latencies();
    try (var pool = CairnClient.pool(database.login(), CONNECTIONS)) {
      for (int round = 1; round <= rounds(); round++) {
        try (Dashboard dashboard = dashboard(pool)) {
          time(dashboard, ApiRead.get("/api/health", ""), 1, looks);
        }
      }
    }
    tell("health was looked at");
    return looks.percentiles();
  }

  /** The limit of bulk actions a minute is not measured: the clock goes on with each turn. */
  private List<Changes> acts(Server.Database database, List<Long> jobs) {
    var minutes = new AtomicLong();
    List<ApiAct> acts = ApiAct.inTurn();
    var latencies = acts.stream().map(act -> new Latencies()).toList();
    var changed = new long[acts.size()];
    int turns = calls * rounds();
    try (var pool = CairnClient.pool(database.login(), CONNECTIONS);
        Dashboard dashboard =
            Dashboard.builder(pool)
                .schema("public")
                .access(request -> Grant.operator("bench"))
                .clock(() -> Instant.now().plus(Duration.ofMinutes(minutes.get())))
                .build()) {
      for (int turn = -calls / 2; turn < turns; turn++) {
        minutes.incrementAndGet();
        long job = jobs.get(Math.floorMod(turn, jobs.size()));
        for (int each = 0; each < acts.size(); each++) {
          long asked = System.nanoTime();
          int number = acts.get(each).act(dashboard, job);
          // The turns below 0 warm up.
          if (turn >= 0) {
            latencies.get(each).add(System.nanoTime() - asked);
            changed[each] += number;
          }
        }
      }
    }
    tell("%,d turns of %d actions", turns, acts.size());
    var figures = new ArrayList<Changes>();
    for (int each = 0; each < acts.size(); each++) {
      ApiAct act = acts.get(each);
      figures.add(
          new Changes(
              act.name(),
              act.request().apply(jobs.getFirst()).route(),
              latencies.get(each).percentiles(),
              changed[each] / (double) turns));
    }
    return figures;
  }

  /** Nothing changes meanwhile: a look costs the same whether it finds something new or not. */
  private List<OpenPages.Cost> open(Server.Database database, long job) throws Exception {
    var costs = new ArrayList<OpenPages.Cost>();
    try (var pool = CairnClient.pool(database.login(), CONNECTIONS);
        var pages =
            new OpenPages(
                dashboard(pool), new DatabaseCounters(database.dataSource(), database.name()))) {
      costs.add(measured(pages, "none"));
      pages.follow("/api/overview");
      costs.add(measured(pages, "overview"));
      pages.follow("/api/jobs?order=id&dir=desc&limit=50");
      pages.poll(ApiRead.get("/api/jobs/counts", ""), COUNTS);
      pages.follow("/api/jobs/" + job);
      costs.add(measured(pages, "overview, jobs, one job"));
      pages.poll(ApiRead.get("/api/quarantine", ""), QUARANTINE);
      costs.add(measured(pages, "overview, jobs, one job, quarantine"));
    }
    return costs;
  }

  private OpenPages.Cost measured(OpenPages pages, String name) throws Exception {
    OpenPages.Cost cost = pages.measure(name, openSeconds);
    tell("open for %d s: %s", openSeconds, name);
    return cost;
  }

  /**
   * A read that is being measured.
   *
   * @param counts the entries that one call read, by index
   */
  private record Measured(ApiRead read, Map<String, Long> counts, Latencies latencies) {}

  private static Line line(Measured measured) {
    Map<String, Long> counts = measured.counts();
    List<String> indexes = counts.keySet().stream().filter(name -> !name.equals(TABLE)).toList();
    return new Line(
        measured.read().name(),
        measured.read().route(),
        measured.latencies().percentiles(),
        counts.values().stream().mapToLong(Long::longValue).sum(),
        counts.containsKey(TABLE) ? TABLE_PLAN : indexes.isEmpty() ? NO_PLAN : INDEX_PLAN,
        indexes);
  }

  private static Dashboard dashboard(DataSource source) {
    return Dashboard.builder(source)
        .schema("public")
        .access(request -> Grant.operator("bench"))
        .build();
  }

  private static List<Measured> counted(DataSource connections, List<ApiRead> reads) {
    var source = new CountedSource(connections);
    try (Dashboard dashboard = dashboard(source.dataSource())) {
      return reads.stream()
          .map(read -> {
            read.ask(dashboard);
            return new Measured(read, source.take(), new Latencies());
          })
          .toList();
    }
  }

  private void time(Server.Database database, List<Measured> reads) {
    try (var pool = CairnClient.pool(database.login(), CONNECTIONS);
        Dashboard dashboard = dashboard(pool)) {
      // This warms up.
      reads.forEach(each -> time(dashboard, each.read(), calls / 2, new Latencies()));
      for (int round = 1; round <= rounds(); round++) {
        reads.forEach(each -> time(dashboard, each.read(), calls, each.latencies()));
        tell("round %d of %d", round, rounds());
      }
    }
  }

  private static void time(Dashboard dashboard, ApiRead read, int times, Latencies latencies) {
    for (int call = 0; call < times; call++) {
      long asked = System.nanoTime();
      read.ask(dashboard);
      latencies.add(System.nanoTime() - asked);
    }
  }

  @Override
  protected String handler() {
    return "none is worked";
  }

  @Override
  protected String text(Report report) {
    var table =
        new Table(
            "%,d jobs, %,d calls of each".formatted(report.jobs(), report.calls()),
            "p50 ms",
            "p95 ms",
            "read",
            "by");
    for (Line line : report.reads()) {
      table.row(
          line.name(),
          line.micros().p50() / 1e3,
          line.micros().p95() / 1e3,
          line.entriesRead(),
          line.plan().equals(INDEX_PLAN)
              ? line.indexes().stream()
                  .map(DashboardCommand::brief)
                  .collect(Collectors.joining(", "))
              : line.plan());
    }
    table.row(
        "/api/health, all checks",
        report.health().p50() / 1e3,
        report.health().p95() / 1e3,
        "",
        "");
    String all = table + "\n" + acts(report.acts());
    return report.open().isEmpty() ? all : all + "\n" + open(report.open());
  }

  private static Table acts(List<Changes> acts) {
    var table = new Table("actions", "p50 ms", "p95 ms", "changed");
    for (Changes act : acts) {
      table.row(
          act.name(),
          act.micros().p50() / 1e3,
          act.micros().p95() / 1e3,
          Math.round(act.changed()));
    }
    return table;
  }

  private static Table open(List<OpenPages.Cost> costs) {
    var table = new Table("open pages", "transactions a second", "% of a core, of the server");
    for (OpenPages.Cost cost : costs) {
      table.row(
          cost.pages(),
          cost.transactionsPerSecond(),
          cost.serverCpuCores() == null ? "unknown" : cost.serverCpuCores() * 100);
    }
    return table;
  }

  private static String brief(String index) {
    return index.replaceFirst("^river_job_", "").replaceFirst("_index$", "");
  }
}
