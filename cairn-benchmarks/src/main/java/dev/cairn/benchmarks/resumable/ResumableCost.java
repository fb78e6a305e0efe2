package dev.cairn.benchmarks.resumable;

import com.sun.management.OperatingSystemMXBean;
import dev.cairn.Cairn;
import dev.cairn.JobInsert;
import dev.cairn.JobKind;
import dev.cairn.WorkContext;
import dev.cairn.Workers;
import dev.cairn.benchmarks.contenders.CairnClient;
import dev.cairn.benchmarks.measure.DatabaseCounters;
import dev.cairn.embedded.FreshDatabase;
import dev.cairn.resumable.Cursor;
import dev.cairn.resumable.ResumableLimits;
import dev.cairn.resumable.Steps;
import java.lang.management.ManagementFactory;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BiConsumer;
import java.util.stream.IntStream;
import javax.sql.DataSource;

/** Measures the cost of each kind of checkpoint, next to a plain job and to plain SQL. */
final class ResumableCost {
  private static final int PATIENCE_MINUTES = 10;

  /** The pause between two advances of a job with a fixed rate. */
  private static final Duration TICK = Duration.ofMillis(10);

  /** The scenarios that are compared with another one, and that other one. */
  static final Map<String, String> YARDSTICKS =
      Map.of(
          "job with three steps", "plain job",
          "three INSERTs in three steps", "job with three INSERTs",
          "checkpoint, one job", "one UPDATE per advance, one job",
          "checkpoint, 100 jobs at once", "one UPDATE per advance, 100 jobs");

  private final FreshDatabase login;
  private final DataSource dataSource;
  private final DatabaseCounters counters;

  ResumableCost(FreshDatabase login, DataSource dataSource, String databaseName) {
    this.login = login;
    this.dataSource = dataSource;
    this.counters = new DatabaseCounters(dataSource, databaseName);
  }

  @JobKind("measured")
  record Measured(int number) {}

  /** The code of one job. */
  @FunctionalInterface
  interface Code {
    void run(WorkContext context, DataSource database, int operations) throws Exception;
  }

  /**
   * A scenario to measure.
   *
   * @param operations the number of operations in each job
   */
  record Scenario(String name, int jobs, int operations, Code code) {
    long total() {
      return (long) jobs * operations;
    }
  }

  /**
   * The figures of a scenario.
   *
   * @param clientCpuMicrosPerOperation of this process, with its compilers and collector
   */
  record Figures(
      String name,
      int jobs,
      long operations,
      double seconds,
      double operationsPerSecond,
      double commitsPerOperation,
      double commitsPerSecond,
      double walBytesPerOperation,
      double clientCpuMicrosPerOperation) {}

  static List<Scenario> scenarios(int scale) {
    return List.of(
        new Scenario("plain job", 400 * scale, 1, (context, database, operations) -> {}),
        new Scenario("job with three steps", 400 * scale, 1, ResumableCost::threeSteps),
        new Scenario("job with three INSERTs", 40 * scale, 1, ResumableCost::threeInserts),
        new Scenario("three INSERTs in three steps", 40 * scale, 1, ResumableCost::insertsInSteps),
        new Scenario("step, one job after the other", 1, 20 * scale, ResumableCost::steps),
        new Scenario("step, 100 jobs at once", 100, scale, ResumableCost::steps),
        new Scenario("advance, as fast as possible", 100, 2_000 * scale, ResumableCost::advances),
        new Scenario("advance, 100,000 a second", 1_000, 20 * scale, ResumableCost::pacedAdvances),
        new Scenario("as long without an advance", 1_000, 20 * scale, ResumableCost::waits),
        new Scenario("checkpoint, one job", 1, 20 * scale, ResumableCost::checkpoints),
        new Scenario("checkpoint, 100 jobs at once", 100, 10 * scale, ResumableCost::checkpoints),
        new Scenario("a row and advanceTx, one job", 1, 20 * scale, ResumableCost::advancesTx),
        new Scenario("a row and no checkpoint, one job", 1, 20 * scale, ResumableCost::rowsOnly),
        new Scenario("one UPDATE per advance, one job", 1, 20 * scale, ResumableCost::updates),
        new Scenario("one UPDATE per advance, 100 jobs", 100, 2 * scale, ResumableCost::updates));
  }

  private static void threeSteps(WorkContext context, DataSource database, int operations)
      throws Exception {
    Steps steps = Steps.of(context);
    steps.step("one", () -> {});
    steps.step("two", () -> {});
    steps.step("three", () -> {});
  }

  /** A job with a little work. */
  private static void threeInserts(WorkContext context, DataSource database, int operations)
      throws Exception {
    insertAlone(database, 1);
    insertAlone(database, 2);
    insertAlone(database, 3);
  }

  private static void insertsInSteps(WorkContext context, DataSource database, int operations)
      throws Exception {
    Steps steps = Steps.of(context);
    steps.step("one", () -> insertAlone(database, 1));
    steps.step("two", () -> insertAlone(database, 2));
    steps.step("three", () -> insertAlone(database, 3));
  }

  private static void insertAlone(DataSource database, long row) throws SQLException {
    try (Connection connection = database.getConnection()) {
      insertRow(connection, row);
    }
  }

  private static void steps(WorkContext context, DataSource database, int operations)
      throws Exception {
    Steps steps = Steps.of(context);
    for (int i = 0; i < operations; i++) {
      steps.step(Steps.name("step", i), () -> {});
    }
  }

  private static void advances(WorkContext context, DataSource database, int operations)
      throws Exception {
    eachRow(context, operations, Cursor::advance);
  }

  /** One hundred advances a second in each job. */
  private static void pacedAdvances(WorkContext context, DataSource database, int operations)
      throws Exception {
    long start = System.nanoTime();
    eachRow(
        context,
        operations,
        (cursor, row) -> {
          cursor.advance(row);
          long next = start + row * TICK.toNanos();
          while (System.nanoTime() < next) {
            LockSupport.parkNanos(next - System.nanoTime());
          }
        });
  }

  /** Only waits: the cost of the client itself while 1,000 jobs run. */
  private static void waits(WorkContext context, DataSource database, int operations)
      throws Exception {
    long end = System.nanoTime() + operations * TICK.toNanos();
    while (System.nanoTime() < end) {
      LockSupport.parkNanos(end - System.nanoTime());
    }
  }

  private static void checkpoints(WorkContext context, DataSource database, int operations)
      throws Exception {
    eachRow(context, operations, Cursor::checkpoint);
  }

  /** Runs one step with a cursor that is moved once for each operation. */
  private static void eachRow(
      WorkContext context, int operations, BiConsumer<Cursor<Long>, Long> move) throws Exception {
    Steps.of(context)
        .cursor(
            "rows",
            Long.class,
            0L,
            cursor -> {
              for (long row = 1; row <= operations; row++) {
                move.accept(cursor, row);
              }
            });
  }

  private static void advancesTx(WorkContext context, DataSource database, int operations)
      throws Exception {
    Steps.of(context)
        .cursor(
            "rows",
            Long.class,
            0L,
            cursor -> {
              for (int i = 1; i <= operations; i++) {
                cursor.advanceInTransaction((connection, position) -> {
                  insertRow(connection, position);
                  return position + 1;
                });
              }
            });
  }

  private static void rowsOnly(WorkContext context, DataSource database, int operations)
      throws Exception {
    for (long i = 1; i <= operations; i++) {
      long row = i;
      context.<Boolean>inTransaction(connection -> {
        insertRow(connection, row);
        return true;
      });
    }
  }

  private static void insertRow(Connection connection, long row) throws SQLException {
    try (var insert = connection.prepareStatement("INSERT INTO bench_row VALUES (?)")) {
      insert.setLong(1, row);
      insert.executeUpdate();
    }
  }

  /**
   * One UPDATE of the job for each advance, as in a queue that keeps the cursor in the job's row.
   */
  private static void updates(WorkContext context, DataSource database, int operations)
      throws Exception {
    for (long i = 1; i <= operations; i++) {
      try (Connection connection = database.getConnection();
          var update =
              connection.prepareStatement(
                  """
                  UPDATE river_job
                  SET metadata = metadata
                    || jsonb_build_object('river:resumable_cursor', jsonb_build_object('rows', ?))
                  WHERE id = ?
                  """)) {
        update.setLong(1, i);
        update.setLong(2, context.job().id());
        update.executeUpdate();
      }
    }
  }

  Figures measure(Scenario scenario) throws Exception {
    prepare(scenario);
    DatabaseCounters.Reading before = counters.read();
    long cpu = cpuNanos();
    long began = System.nanoTime();
    work(scenario);
    double seconds = (System.nanoTime() - began) / 1e9;
    long usedNanos = cpuNanos() - cpu;
    DatabaseCounters.Reading after = counters.read();
    check(scenario);
    double operations = scenario.total();
    long commits = after.commits() - before.commits();
    return new Figures(
        scenario.name(),
        scenario.jobs(),
        scenario.total(),
        seconds,
        operations / seconds,
        commits / operations,
        commits / seconds,
        (after.walBytes() - before.walBytes()) / operations,
        usedNanos / 1e3 / operations);
  }

  private static long cpuNanos() {
    return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getProcessCpuTime();
  }

  private void prepare(Scenario scenario) throws SQLException {
    try (var inserter = dataSource.getConnection();
        var statement = inserter.createStatement()) {
      statement.execute("CREATE TABLE IF NOT EXISTS bench_row (id bigint)");
      statement.execute("TRUNCATE river_job, cairn_checkpoint, bench_row");
      List<JobInsert> jobs =
          IntStream.range(0, scenario.jobs())
              .mapToObj(number -> JobInsert.of(new Measured(number)))
              .toList();
      Cairn.builder(dataSource).build().insertManyFast(jobs);
      statement.execute("VACUUM ANALYZE river_job");
      statement.execute("CHECKPOINT");
    }
  }

  private void work(Scenario scenario) throws Exception {
    var left = new AtomicInteger(scenario.jobs());
    var worked = new CountDownLatch(1);
    try (var pool = CairnClient.pool(login);
        var client =
            Cairn.builder(pool)
                .jobTimeout(Duration.ZERO)
                .resumableLimits(ResumableLimits.defaults().withSteps(100_000))
                .workers(
                    Workers.builder()
                        .register(
                            Measured.class,
                            (job, context) -> {
                              scenario.code().run(context, pool, scenario.operations());
                              if (left.decrementAndGet() == 0) {
                                worked.countDown();
                              }
                            })
                        .build())
                .queue("default", 2_000)
                .build()) {
      client.start();
      if (!worked.await(PATIENCE_MINUTES, TimeUnit.MINUTES)) {
        throw new TimeoutException(scenario.name() + " does not end");
      }
      client.stop();
    }
  }

  private void check(Scenario scenario) throws SQLException {
    try (Connection connection = dataSource.getConnection();
        var statement = connection.createStatement();
        var rows =
            statement.executeQuery(
                "SELECT count(*) FROM river_job WHERE state = 'completed' AND attempt = 1")) {
      rows.next();
      if (rows.getInt(1) != scenario.jobs()) {
        throw new IllegalStateException(
            "%s: only %d of %d jobs were completed in one attempt: the figures would be worthless"
                .formatted(scenario.name(), rows.getInt(1), scenario.jobs()));
      }
    }
  }
}
