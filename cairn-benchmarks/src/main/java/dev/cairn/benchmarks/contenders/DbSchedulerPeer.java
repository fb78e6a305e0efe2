package dev.cairn.benchmarks.contenders;

import com.github.kagkarlsson.scheduler.Scheduler;
import com.github.kagkarlsson.scheduler.logging.LogLevel;
import com.github.kagkarlsson.scheduler.task.helper.OneTimeTask;
import com.github.kagkarlsson.scheduler.task.helper.Tasks;
import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.cairn.benchmarks.contenders.Stumbles.End;
import dev.cairn.benchmarks.measure.Contender;
import dev.cairn.benchmarks.measure.Progress;
import dev.cairn.benchmarks.measure.Server;
import dev.cairn.embedded.FreshDatabase;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** db-scheduler, which deletes a finished job. */
public final class DbSchedulerPeer implements Contender {
  /** The name of its jobs. */
  public static final String TASK = "noop";

  private static final String TABLE =
      """
      CREATE TABLE scheduled_tasks (
        task_name text NOT NULL,
        task_instance text NOT NULL,
        task_data bytea,
        execution_time timestamptz NOT NULL,
        picked boolean NOT NULL,
        picked_by text,
        last_success timestamptz,
        last_failure timestamptz,
        consecutive_failures integer,
        last_heartbeat timestamptz,
        version bigint NOT NULL,
        priority smallint,
        PRIMARY KEY (task_name, task_instance)
      );
      CREATE INDEX ON scheduled_tasks (execution_time);
      CREATE INDEX ON scheduled_tasks (last_heartbeat);
      CREATE INDEX ON scheduled_tasks (priority DESC, execution_time ASC)
      """;

  private final Server.Database database;
  private final Polling polling;
  private final boolean mixed;
  private Stumbles stumbles = new Stumbles();
  private int filled;

  /**
   * The settings for fetching.
   *
   * @param lower fetches if fewer executions are left than this factor times the threads
   * @param upper fetches up to this factor times the threads
   */
  public record Polling(int threads, double lower, double upper) {
    /** The setting that its documentation recommends for a high throughput. */
    public static final Polling DOCUMENTED = new Polling(50, 1.0, 4.0);

    /** The setting with which its author measured the strategy first. */
    static final Polling OF_ITS_AUTHOR = new Polling(20, 4.0, 20.0);
  }

  private DbSchedulerPeer(Server.Database database, Polling polling, boolean mixed) {
    this.database = database;
    this.polling = polling;
    this.mixed = mixed;
  }

  /** Creates the table in an empty database. */
  public static DbSchedulerPeer in(Server.Database database) throws SQLException {
    var peer = new DbSchedulerPeer(database, Polling.OF_ITS_AUTHOR, false);
    peer.execute(TABLE);
    return peer;
  }

  /** The same peer with other settings. */
  public DbSchedulerPeer with(Polling other) {
    return new DbSchedulerPeer(database, other, mixed);
  }

  /** The same peer, but one attempt in ten fails and is retried at once. */
  public DbSchedulerPeer mixed() {
    return new DbSchedulerPeer(database, polling, true);
  }

  private void execute(String sql) throws SQLException {
    try (Connection connection = database.dataSource().getConnection();
        var statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  /** The login of its database. */
  public FreshDatabase login() {
    return database.login();
  }

  @Override
  public String name() {
    return mixed ? "db-scheduler 16.12, mixed" : "db-scheduler 16.12";
  }

  @Override
  public String setting() {
    return "lock and fetch %.1f/%.1f, %d threads"
        .formatted(polling.lower(), polling.upper(), polling.threads());
  }

  @Override
  public void fill(int jobs) throws SQLException {
    filled = jobs;
    execute("TRUNCATE scheduled_tasks");
    execute(
        """
        INSERT INTO scheduled_tasks (task_name, task_instance, execution_time, picked, version)
        SELECT '%s', number, now(), false, 1 FROM generate_series(1, %d) AS number
        """
            .formatted(TASK, jobs));
  }

  @Override
  public void work(int jobs, Progress progress) throws Exception {
    stumbles = new Stumbles();
    var worked = new CountDownLatch(1);
    var config = new HikariConfig();
    config.setDataSource(database.login().dataSource());
    config.setMaximumPoolSize(polling.threads() + 5);
    try (var pool = new HikariDataSource(config)) {
      Scheduler scheduler =
          Scheduler.create(pool, task(jobs, progress, worked))
              .threads(polling.threads())
              .pollUsingLockAndFetch(polling.lower(), polling.upper())
              .pollingInterval(Duration.ofSeconds(1))
              .failureLogging(LogLevel.OFF, false)
              .build();
      scheduler.start();
      boolean all = worked.await(30, TimeUnit.MINUTES);
      if (all) {
        awaitOutcomes(jobs, progress);
      }
      scheduler.stop();
      if (!all) {
        throw new TimeoutException(name() + " does not end");
      }
    }
  }

  private OneTimeTask<Void> task(int jobs, Progress progress, CountDownLatch worked) {
    return Tasks.oneTime(TASK)
        .onFailure((complete, operations) -> operations.reschedule(complete, Instant.now()))
        .execute((instance, context) -> {
          if (mixed && stumbles.next(Integer.parseInt(instance.getId())) != End.WELL) {
            throw new IllegalStateException("job %s fails once".formatted(instance.getId()));
          }
          if (progress.add(1) == jobs) {
            worked.countDown();
          }
        });
  }

  /** The number of deleted, and so finished, jobs. */
  @Override
  public int finished() throws SQLException {
    try (Connection connection = database.dataSource().getConnection();
        var statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("SELECT count(*) FROM scheduled_tasks")) {
      rows.next();
      return filled - rows.getInt(1);
    }
  }

  /** The attempts of the last round; all zero if no attempts fail on purpose. */
  public Stumbles.Counts counts() {
    return stumbles.counts();
  }
}
