package dev.cairn.benchmarks;

import com.github.kagkarlsson.scheduler.Scheduler;
import com.github.kagkarlsson.scheduler.task.helper.OneTimeTask;
import com.github.kagkarlsson.scheduler.task.helper.Tasks;
import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** db-scheduler, which deletes a job when it is done. */
final class DbSchedulerPeer implements Contender {
  private static final int THREADS = 20;
  static final String TASK = "noop";

  private final Server.Database database;
  private int filled;

  DbSchedulerPeer(Server.Database database) throws SQLException {
    this.database = database;
    execute(
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
        """);
  }

  private void execute(String sql) throws SQLException {
    try (Connection connection = database.dataSource().getConnection();
        var statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  String jdbcUrl() {
    return database.url();
  }

  @Override
  public String name() {
    return "db-scheduler 16.12";
  }

  @Override
  public String setting() {
    return "lock and fetch 0.5/4.0, %d threads".formatted(THREADS);
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
    var worked = new CountDownLatch(1);
    OneTimeTask<Void> task =
        Tasks.oneTime(TASK)
            .execute((instance, context) -> {
              if (progress.add(1) == jobs) {
                worked.countDown();
              }
            });
    var config = new HikariConfig();
    config.setJdbcUrl(database.url());
    config.setMaximumPoolSize(THREADS + 5);
    try (var pool = new HikariDataSource(config)) {
      Scheduler scheduler =
          Scheduler.create(pool, task)
              .threads(THREADS)
              .pollUsingLockAndFetch(0.5, 4.0)
              .pollingInterval(Duration.ofSeconds(1))
              .build();
      scheduler.start();
      boolean all = worked.await(30, TimeUnit.MINUTES);
      scheduler.stop();
      if (!all) {
        throw new TimeoutException(name() + " does not end");
      }
    }
  }

  /** What it has deleted. */
  @Override
  public int finished() throws SQLException {
    try (Connection connection = database.dataSource().getConnection();
        var statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("SELECT count(*) FROM scheduled_tasks")) {
      rows.next();
      return filled - rows.getInt(1);
    }
  }
}
