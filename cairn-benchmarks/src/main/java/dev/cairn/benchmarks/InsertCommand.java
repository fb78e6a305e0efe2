package dev.cairn.benchmarks;

import dev.cairn.Cairn;
import dev.cairn.JobInsert;
import dev.cairn.benchmarks.contenders.CairnClient;
import dev.cairn.benchmarks.contenders.CairnClient.Noop;
import dev.cairn.benchmarks.figures.Spread;
import dev.cairn.benchmarks.figures.Table;
import dev.cairn.benchmarks.measure.Measurement;
import dev.cairn.benchmarks.measure.RiverTable;
import dev.cairn.benchmarks.measure.Server;
import dev.cairn.benchmarks.measure.Turns;
import java.io.StringReader;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code ./cairn bench insert}: how fast jobs are inserted. */
@Command(
    name = "insert",
    description =
        "Insert jobs one at a time over one and over many connections, in separate transactions "
            + "and in the caller's, many at once, and by COPY. Compares each with the bare "
            + "statement on the same table.",
    sortOptions = false)
final class InsertCommand extends Measurement<InsertCommand.Report> {
  private static final int CONNECTIONS = 16;
  private static final int BATCH = 10_000;
  private static final String BARE = "bare ";
  private static final String INSERT =
      "INSERT INTO river_job (kind, args, max_attempts) VALUES ('noop', ?::jsonb, 25)";

  @Option(
      names = "--jobs",
      paramLabel = "N",
      defaultValue = "100000",
      description =
          "The number of jobs for COPY (default: ${DEFAULT-VALUE}). Half as many single jobs are "
              + "inserted over 16 connections.")
  private int jobs;

  /** The figures of one way to insert. */
  record Way(String name, int jobs, Spread jobsPerSecond, List<Double> rounds) {
    private static Way of(Plan plan, List<Double> rounds) {
      return new Way(plan.name(), plan.jobs(), Spread.of(rounds), rounds);
    }
  }

  /**
   * The rate of a way, as a multiple of that of the bare statement in the same round.
   *
   * @param rounds the ratio of each round
   */
  record Ratio(String name, String bare, Spread spread, List<Double> rounds) {
    static Ratio of(Way way, Way bare) {
      List<Double> rounds =
          IntStream.range(0, way.rounds().size())
              .mapToObj(round -> way.rounds().get(round) / bare.rounds().get(round))
              .toList();
      return new Ratio(way.name(), bare.name(), Spread.of(rounds), rounds);
    }
  }

  /** The figures of all ways. */
  record Report(List<Way> ways, List<Ratio> ratios) {}

  /** Compares each way with the next bare statement after it. */
  private static List<Ratio> ratios(List<Way> ways) {
    var ratios = new ArrayList<Ratio>();
    var waiting = new ArrayList<Way>();
    for (Way way : ways) {
      if (way.name().startsWith(BARE)) {
        waiting.forEach(it -> ratios.add(Ratio.of(it, way)));
        waiting.clear();
      } else {
        waiting.add(way);
      }
    }
    return List.copyOf(ratios);
  }

  /** Inserts jobs with these numbers. */
  @FunctionalInterface
  private interface Inserter {
    void insert(int from, int to) throws Exception;
  }

  /**
   * How to measure one way.
   *
   * @param connections the number of connections that insert at the same time
   * @param batch the number of jobs in one call
   */
  private record Plan(String name, int jobs, int connections, int batch, Inserter inserter) {}

  @Override
  protected Report measure() throws Exception {
    require("--jobs", jobs, 100, 10_000_000);
    try (var server = startServer()) {
      Server.Database database = server.migrated();
      // Some more connections than threads that insert, as recommended for a client.
      try (var pool = CairnClient.pool(database.login(), CONNECTIONS + 5)) {
        return measure(pool);
      }
    }
  }

  private Report measure(DataSource pool) throws Exception {
    List<Plan> plans = plans(pool);
    Map<Plan, List<Double>> rates = new LinkedHashMap<>();
    plans.forEach(plan -> rates.put(plan, new ArrayList<>()));
    for (int round = 0; round <= rounds(); round++) {
      for (Plan plan : Turns.of(round, plans)) {
        double rate = rate(pool, plan);
        if (round > 0) {
          Objects.requireNonNull(rates.get(plan)).add(rate);
        }
      }
      tell(round == 0 ? "warmed up" : "round %d of %d", round, rounds());
    }
    List<Way> ways =
        rates.entrySet().stream()
            .map(entry -> Way.of(entry.getKey(), List.copyOf(entry.getValue())))
            .toList();
    return new Report(ways, ratios(ways));
  }

  private List<Plan> plans(DataSource pool) {
    Cairn cairn = Cairn.builder(pool).build();
    Inserter one = (from, to) -> cairn.insert(new Noop(from));
    Inserter oneInTransaction =
        (from, to) -> inTransaction(pool, own -> cairn.insert(own, new Noop(from)));
    Inserter fewFastInTransaction =
        (from, to) -> inTransaction(pool, own -> cairn.insertManyFast(own, jobs(from, to)));
    Inserter bareOneInTransaction = (from, to) -> inTransaction(pool, own -> bare(own, from));
    Inserter bareOne =
        (from, to) -> {
          try (Connection connection = pool.getConnection()) {
            bare(connection, from);
          }
        };
    Inserter many = (from, to) -> cairn.insertMany(jobs(from, to));
    Inserter fast = (from, to) -> cairn.insertManyFast(jobs(from, to));
    Inserter bareCopy = (from, to) -> copy(pool, from, to);
    // Long enough that most of the time runs compiled code: a few seconds each.
    int few = jobs / 20;
    int some = jobs / 2;
    return List.of(
        new Plan("one at a time, 1 connection", few, 1, 1, one),
        new Plan("bare INSERT, 1 connection", few, 1, 1, bareOne),
        new Plan("one at a time, 16 connections", some, CONNECTIONS, 1, one),
        new Plan("bare INSERT, 16 connections", some, CONNECTIONS, 1, bareOne),
        new Plan("caller's transaction, 16 connections", some, CONNECTIONS, 1, oneInTransaction),
        new Plan(
            "insertManyFast of one, caller's transaction, 16 connections",
            some,
            CONNECTIONS,
            1,
            fewFastInTransaction),
        new Plan(
            "bare INSERT, transaction, 16 connections", some, CONNECTIONS, 1, bareOneInTransaction),
        new Plan("insertMany, 10,000 at once", jobs, 1, BATCH, many),
        new Plan("insertManyFast, 10,000 at once", jobs, 1, BATCH, fast),
        new Plan("bare COPY, 10,000 at once", jobs, 1, BATCH, bareCopy));
  }

  private static List<JobInsert> jobs(int from, int to) {
    return IntStream.range(from, to).mapToObj(number -> JobInsert.of(new Noop(number))).toList();
  }

  /** The work in a transaction of the caller. */
  @FunctionalInterface
  private interface Work {
    void run(Connection own) throws SQLException;
  }

  private static void inTransaction(DataSource pool, Work work) throws SQLException {
    try (Connection own = pool.getConnection()) {
      own.setAutoCommit(false);
      work.run(own);
      own.commit();
      own.setAutoCommit(true);
    }
  }

  private static void bare(Connection connection, int number) throws SQLException {
    try (var insert = connection.prepareStatement(INSERT)) {
      insert.setString(1, "{\"number\": " + number + "}");
      insert.executeUpdate();
    }
  }

  private static void copy(DataSource pool, int from, int to) throws Exception {
    String rows =
        IntStream.range(from, to)
            .mapToObj(number -> "noop\t{\"number\": " + number + "}\t25")
            .collect(Collectors.joining("\n"));
    try (Connection connection = pool.getConnection()) {
      connection
          .unwrap(PGConnection.class)
          .getCopyAPI()
          .copyIn("COPY river_job (kind, args, max_attempts) FROM STDIN", new StringReader(rows));
    }
  }

  private static double rate(DataSource pool, Plan plan) throws Exception {
    try (Connection connection = pool.getConnection();
        var statement = connection.createStatement()) {
      statement.execute("TRUNCATE river_job");
      statement.execute("CHECKPOINT");
    }
    long began = System.nanoTime();
    try (var threads = Executors.newFixedThreadPool(plan.connections())) {
      int share = plan.jobs() / plan.connections();
      List<Callable<@Nullable Void>> parts =
          IntStream.range(0, plan.connections())
              .<Callable<@Nullable Void>>mapToObj(thread ->
                  () -> {
                    for (int from = thread * share;
                        from < (thread + 1) * share;
                        from += plan.batch()) {
                      plan.inserter()
                          .insert(from, Math.min(from + plan.batch(), (thread + 1) * share));
                    }
                    return null;
                  })
              .toList();
      for (var part : threads.invokeAll(parts)) {
        part.get();
      }
      double seconds = (System.nanoTime() - began) / 1e9;
      check(pool, plan, share * plan.connections());
      return share * plan.connections() / seconds;
    }
  }

  private static void check(DataSource pool, Plan plan, int expected) throws SQLException {
    int inserted = new RiverTable(pool).count("true");
    if (inserted != expected) {
      throw new IllegalStateException(
          "%s: %d rows instead of %d: the figures would be worthless"
              .formatted(plan.name(), inserted, expected));
    }
  }

  @Override
  protected String text(Report report) {
    var table = new Table("", "jobs per second");
    report.ways().forEach(way -> table.row(way.name(), way.jobsPerSecond()));
    var ratios = new Table("in the same round", "compared with", "ratio");
    report.ratios().forEach(it -> ratios.row(it.name(), it.bare(), it.spread().toString(2)));
    return table.toString() + ratios;
  }
}
