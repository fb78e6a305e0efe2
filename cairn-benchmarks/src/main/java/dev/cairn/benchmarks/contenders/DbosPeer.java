package dev.cairn.benchmarks.contenders;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.cairn.benchmarks.measure.Contender;
import dev.cairn.benchmarks.measure.Progress;
import dev.cairn.benchmarks.measure.Server;
import dev.dbos.transact.DBOS;
import dev.dbos.transact.DBOSClient;
import dev.dbos.transact.DBOSClient.EnqueueOptions;
import dev.dbos.transact.config.DBOSConfig;
import dev.dbos.transact.workflow.Queue;
import dev.dbos.transact.workflow.Workflow;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.sql.DataSource;

/** DBOS: each job is a workflow without a step. */
public final class DbosPeer implements Contender {
  private static final int CONNECTIONS = 20;
  private static final Duration POLLING = Duration.ofMillis(50);
  private static final String QUEUE = "bench";
  private static final String VERSION = "1";

  private final Server.Database database;

  /** The interface of the workflow, of which DBOS makes a proxy. Public for DBOS. */
  public interface Noop {
    /** The job. */
    void noop(int number);
  }

  /** The code of the job. Public for DBOS. */
  public record NoopWorkflow(Runnable code) implements Noop {
    @Override
    @Workflow(name = "noop")
    public void noop(int number) {
      code.run();
    }
  }

  /** Creates a peer in an empty database, in which DBOS creates its tables. */
  public DbosPeer(Server.Database database) {
    this.database = database;
    try (var pool = pool();
        var dbos = dbos(pool)) {
      // This creates its tables.
      dbos.launch();
    }
  }

  @Override
  public String name() {
    return "DBOS 1.1.0-m6";
  }

  @Override
  public String setting() {
    return "queue without limits, poll %d ms, %d connections"
        .formatted(POLLING.toMillis(), CONNECTIONS);
  }

  private HikariDataSource pool() {
    var config = new HikariConfig();
    config.setDataSource(database.login().dataSource());
    config.setMaximumPoolSize(CONNECTIONS);
    return new HikariDataSource(config);
  }

  private static DBOS dbos(DataSource pool) {
    return new DBOS(DBOSConfig.defaults("bench").withDataSource(pool).withAppVersion(VERSION));
  }

  @Override
  public void fill(int jobs) throws Exception {
    try (Connection connection = database.dataSource().getConnection();
        var statement = connection.createStatement()) {
      statement.execute("TRUNCATE dbos.workflow_status CASCADE");
    }
    var options =
        new EnqueueOptions("noop", NoopWorkflow.class.getName(), QUEUE).withAppVersion(VERSION);
    try (var pool = pool();
        var client = new DBOSClient(pool)) {
      for (int number = 1; number <= jobs; number++) {
        client.enqueueWorkflow(options.withWorkflowId("job-" + number), new Object[] {number});
      }
    }
  }

  @Override
  public void work(int jobs, Progress progress) throws Exception {
    var worked = new CountDownLatch(1);
    try (var pool = pool();
        var dbos = dbos(pool)) {
      dbos.registerQueue(new Queue(QUEUE).withPollingInterval(POLLING));
      dbos.registerProxy(
          Noop.class,
          new NoopWorkflow(() -> {
            if (progress.add(1) == jobs) {
              worked.countDown();
            }
          }));
      dbos.launch();
      if (!worked.await(30, TimeUnit.MINUTES)) {
        throw new TimeoutException(name() + " does not end");
      }
      // Closing takes until the end of a wait of one second for notifications.
      awaitOutcomes(jobs, progress);
    }
  }

  @Override
  public int finished() throws SQLException {
    try (Connection connection = database.dataSource().getConnection();
        var statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery(
                "SELECT count(*) FROM dbos.workflow_status WHERE status = 'SUCCESS'")) {
      rows.next();
      return rows.getInt(1);
    }
  }
}
