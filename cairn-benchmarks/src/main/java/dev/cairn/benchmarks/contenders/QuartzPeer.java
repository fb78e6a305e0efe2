package dev.cairn.benchmarks.contenders;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.cairn.benchmarks.measure.Contender;
import dev.cairn.benchmarks.measure.Progress;
import dev.cairn.benchmarks.measure.Server;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.quartz.Job;
import org.quartz.JobBuilder;
import org.quartz.JobDetail;
import org.quartz.Scheduler;
import org.quartz.SchedulerException;
import org.quartz.Trigger;
import org.quartz.TriggerBuilder;
import org.quartz.impl.StdSchedulerFactory;
import org.quartz.impl.jdbcjobstore.JobStoreTX;
import org.quartz.impl.jdbcjobstore.PostgreSQLDelegate;
import org.quartz.simpl.SimpleThreadPool;
import org.quartz.utils.ConnectionProvider;
import org.quartz.utils.DBConnectionManager;

/** Quartz with its clustered JDBC store: each job is a trigger that fires once. */
public final class QuartzPeer implements Contender {
  private static final int THREADS = 20;
  private static final String POOL = "bench";
  private static final String TABLES = "/org/quartz/impl/jdbcjobstore/tables_postgres.sql";

  private final Server.Database database;
  private int filled;

  /** A connection pool of ours, registered under a name that Quartz uses. */
  private record Pool(HikariDataSource dataSource) implements ConnectionProvider {
    @Override
    public Connection getConnection() throws SQLException {
      return dataSource.getConnection();
    }

    @Override
    public void initialize() {}

    @Override
    public void shutdown() {
      dataSource.close();
    }
  }

  /** Creates a peer, and its tables in an empty database. */
  public QuartzPeer(Server.Database database) throws SQLException, IOException {
    this.database = database;
    try (InputStream tables = Objects.requireNonNull(Scheduler.class.getResourceAsStream(TABLES));
        Connection connection = database.dataSource().getConnection();
        var statement = connection.createStatement()) {
      statement.execute(new String(tables.readAllBytes(), StandardCharsets.UTF_8));
    }
  }

  @Override
  public String name() {
    return "Quartz 2.5, clustered";
  }

  @Override
  public String setting() {
    return "%1$d threads, acquires %1$d triggers at once".formatted(THREADS);
  }

  @Override
  public void fill(int jobs) throws Exception {
    filled = jobs;
    JobDetail detail = JobBuilder.newJob(Job.class).withIdentity("noop").storeDurably().build();
    Set<Trigger> triggers =
        IntStream.rangeClosed(1, jobs)
            .mapToObj(number -> trigger(detail, number))
            .collect(Collectors.toSet());
    Scheduler scheduler = scheduler();
    scheduler.clear();
    scheduler.scheduleJobs(Map.of(detail, triggers), true);
    scheduler.shutdown();
  }

  private static Trigger trigger(JobDetail detail, int number) {
    return TriggerBuilder.newTrigger()
        .forJob(detail)
        .withIdentity(Integer.toString(number))
        .startNow()
        .build();
  }

  @Override
  public void work(int jobs, Progress progress) throws Exception {
    var worked = new CountDownLatch(1);
    Job code =
        context -> {
          if (progress.add(1) == jobs) {
            worked.countDown();
          }
        };
    Scheduler scheduler = scheduler();
    scheduler.setJobFactory((bundle, ignored) -> code);
    scheduler.start();
    boolean all = worked.await(30, TimeUnit.MINUTES);
    if (all) {
      awaitOutcomes(jobs, progress);
    }
    scheduler.shutdown(true);
    if (!all) {
      throw new TimeoutException(name() + " does not end");
    }
  }

  private Scheduler scheduler() throws SchedulerException {
    var config = new HikariConfig();
    config.setDataSource(database.login().dataSource());
    config.setMaximumPoolSize(THREADS + 5);
    DBConnectionManager.getInstance()
        .addConnectionProvider(POOL, new Pool(new HikariDataSource(config)));
    return new StdSchedulerFactory(settings()).getScheduler();
  }

  private static Properties settings() {
    var settings = new Properties();
    settings.putAll(
        Map.of(
            "org.quartz.scheduler.instanceName",
            "bench",
            "org.quartz.scheduler.instanceId",
            "AUTO",
            "org.quartz.scheduler.batchTriggerAcquisitionMaxCount",
            Integer.toString(THREADS),
            "org.quartz.threadPool.class",
            SimpleThreadPool.class.getName(),
            "org.quartz.threadPool.threadCount",
            Integer.toString(THREADS),
            "org.quartz.jobStore.class",
            JobStoreTX.class.getName(),
            "org.quartz.jobStore.driverDelegateClass",
            PostgreSQLDelegate.class.getName(),
            "org.quartz.jobStore.dataSource",
            POOL,
            "org.quartz.jobStore.isClustered",
            "true",
            // Quartz needs this to acquire more than one trigger at once.
            "org.quartz.jobStore.acquireTriggersWithinLock",
            "true"));
    return settings;
  }

  /** The number of deleted, and so finished, jobs. */
  @Override
  public int finished() throws SQLException {
    try (Connection connection = database.dataSource().getConnection();
        var statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("SELECT count(*) FROM qrtz_triggers")) {
      rows.next();
      return filled - rows.getInt(1);
    }
  }
}
