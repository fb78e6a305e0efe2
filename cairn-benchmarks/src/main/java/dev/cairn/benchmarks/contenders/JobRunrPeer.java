package dev.cairn.benchmarks.contenders;

import static org.jobrunr.server.BackgroundJobServerConfiguration.usingStandardBackgroundJobServerConfiguration;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.cairn.benchmarks.measure.Contender;
import dev.cairn.benchmarks.measure.Progress;
import dev.cairn.benchmarks.measure.Server;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.IntStream;
import org.jobrunr.configuration.JobRunr;
import org.jobrunr.jobs.states.StateName;
import org.jobrunr.scheduling.BackgroundJob;
import org.jobrunr.storage.sql.postgres.PostgresStorageProvider;
import org.jspecify.annotations.Nullable;

/** JobRunr's free edition. Public for JobRunr, which calls the job. */
public final class JobRunrPeer implements Contender {
  private static final int WORKERS = 50;

  private static volatile @Nullable Run running;

  private final Server.Database database;

  /** Creates a peer in an empty database, in which JobRunr creates its tables. */
  public JobRunrPeer(Server.Database database) {
    this.database = database;
  }

  /**
   * The current run. Jobs of JobRunr are method calls, which can find it only in a static field.
   */
  private record Run(int jobs, Progress progress, CountDownLatch worked) {}

  /** The job, called by JobRunr. */
  public static void noop(int number) {
    Run run = running;
    if (run != null && run.progress().add(1) == run.jobs()) {
      run.worked().countDown();
    }
  }

  @Override
  public String name() {
    return "JobRunr 8.7";
  }

  @Override
  public String setting() {
    return "%d workers, poll 5 s, its shortest".formatted(WORKERS);
  }

  private HikariDataSource pool() {
    var config = new HikariConfig();
    config.setDataSource(database.login().dataSource());
    config.setMaximumPoolSize(WORKERS / 2);
    return new HikariDataSource(config);
  }

  @Override
  public void fill(int jobs) throws Exception {
    try (var pool = pool()) {
      JobRunr.configure().useStorageProvider(new PostgresStorageProvider(pool)).initialize();
      try (Connection connection = pool.getConnection();
          var statement = connection.createStatement()) {
        statement.execute("TRUNCATE jobrunr_jobs");
      }
      BackgroundJob.enqueue(IntStream.range(0, jobs).boxed(), number -> noop(number));
      JobRunr.destroy();
    }
  }

  @Override
  public void work(int jobs, Progress progress) throws Exception {
    var run = new Run(jobs, progress, new CountDownLatch(1));
    running = run;
    try (var pool = pool()) {
      JobRunr.configure()
          .useStorageProvider(new PostgresStorageProvider(pool))
          .useBackgroundJobServer(
              usingStandardBackgroundJobServerConfiguration()
                  .andWorkerCount(WORKERS)
                  .andPollInterval(Duration.ofSeconds(5)))
          .initialize();
      boolean all = run.worked().await(30, TimeUnit.MINUTES);
      if (all) {
        awaitOutcomes(jobs, progress);
      }
      JobRunr.destroy();
      if (!all) {
        throw new TimeoutException(name() + " does not end");
      }
    } finally {
      running = null;
    }
  }

  @Override
  public int finished() throws SQLException {
    try (Connection connection = database.dataSource().getConnection();
        var count =
            connection.prepareStatement("SELECT count(*) FROM jobrunr_jobs WHERE state = ?")) {
      count.setString(1, StateName.SUCCEEDED.name());
      try (ResultSet rows = count.executeQuery()) {
        rows.next();
        return rows.getInt(1);
      }
    }
  }
}
