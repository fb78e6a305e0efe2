package dev.cairn.benchmarks.latency;

import com.github.kagkarlsson.scheduler.Scheduler;
import com.github.kagkarlsson.scheduler.SchedulerClient;
import com.github.kagkarlsson.scheduler.task.helper.OneTimeTask;
import com.github.kagkarlsson.scheduler.task.helper.Tasks;
import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.cairn.benchmarks.contenders.DbSchedulerPeer;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;

/** A polling db-scheduler, and another client of it that inserts. */
record LatencyOfDbScheduler(DbSchedulerPeer peer) implements LatencySide {
  private static final Duration POLLING = Duration.ofMillis(100);
  private static final int THREADS = 20;

  @Override
  public String name() {
    return "db-scheduler, polling every %d ms".formatted(POLLING.toMillis());
  }

  @Override
  public boolean tellsCompleted() {
    return false;
  }

  @Override
  public Session open(LatencyProbe probe) throws SQLException {
    peer.fill(0);
    OneTimeTask<Void> task =
        Tasks.oneTime(DbSchedulerPeer.TASK)
            .execute((instance, context) -> probe.works(Integer.parseInt(instance.getId())));
    var config = new HikariConfig();
    config.setDataSource(peer.login().dataSource());
    config.setMaximumPoolSize(THREADS + 5);
    var pool = new HikariDataSource(config);
    Scheduler scheduler =
        Scheduler.create(pool, task)
            .threads(THREADS)
            .pollUsingLockAndFetch(0.5, 4.0)
            .pollingInterval(POLLING)
            .build();
    scheduler.start();
    return new Both(pool, scheduler, SchedulerClient.Builder.create(pool, task).build(), task);
  }

  private record Both(
      HikariDataSource pool, Scheduler scheduler, SchedulerClient client, OneTimeTask<Void> task)
      implements Session {
    @Override
    public void insert(int number) {
      client.scheduleIfNotExists(task.instance(String.valueOf(number)), Instant.now());
    }

    @Override
    public void close() {
      try (pool) {
        scheduler.stop();
      }
    }
  }
}
