package dev.cairn.chaos.fleet;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.cairn.Cairn;
import dev.cairn.CairnBuilder;
import dev.cairn.QueueOptions;
import dev.cairn.Workers;
import dev.cairn.chaos.history.Deed;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * A worker process. It works until its standard input ends. This happens when it is asked to stop,
 * or when its parent has ended.
 */
public final class FleetWorker {
  private static final Duration GRACE = Duration.ofSeconds(3);
  private static final Duration POOL_TIMEOUT = Duration.ofSeconds(4);
  private static final Duration RETRY = Duration.ofMillis(200);
  private static final long PAUSE_MILLIS = 500;

  private FleetWorker() {}

  /** Starts the process; its settings are in its environment. */
  public static void main(String[] args) throws IOException, InterruptedException {
    var settings = WorkerSettings.ofEnvironment();
    var journal = new Journal(settings.client(), Path.of(settings.journal()));
    LatenessWatch.begin(() -> {}, journal::late);
    try (HikariDataSource pool = pool(settings)) {
      Cairn client = client(settings, pool, journal);
      start(client);
      System.out.println("started");
      awaitEnd();
      System.out.println("stopping");
      client.stop(GRACE);
    }
    System.out.println("stopped");
    System.exit(0);
  }

  private static Cairn client(WorkerSettings settings, HikariDataSource pool, Journal journal) {
    var worker = new DeedWorker(pool, journal, settings.client(), settings.schema());
    CairnBuilder builder = Cairn.builder(pool);
    if (settings.pooled()) {
      builder.pollOnly();
    } else {
      builder.queue(
          WorkerSettings.ownQueue(settings.client()),
          QueueOptions.of(1).withPollInterval(WorkerSettings.OWN_POLL));
    }
    return builder
        .schema(settings.schema())
        .clientId(settings.client())
        .workers(Workers.builder().register(Deed.class, worker).build())
        .queue(WorkerSettings.QUEUE, WorkerSettings.SLOTS)
        .heartbeatTimeout(settings.heartbeatTimeout())
        .flushInterval(WorkerSettings.FLUSH_INTERVAL)
        .pollInterval(Duration.ofMillis(500))
        .retryPolicy((job, failures) -> RETRY)
        .clock(Clock.offset(Clock.systemUTC(), settings.clockOffset()))
        .build();
  }

  /** Tries to start until the database is available, as a supervisor of services would. */
  private static void start(Cairn client) throws InterruptedException {
    while (true) {
      try {
        client.start();
        return;
      } catch (RuntimeException e) {
        System.out.println("does not start: " + e);
        TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);
      }
    }
  }

  private static HikariDataSource pool(WorkerSettings settings) {
    var source = new PGSimpleDataSource();
    source.setUrl(settings.url());
    if (!settings.user().isEmpty()) {
      source.setUser(settings.user());
      source.setPassword(settings.password());
    }
    var config = new HikariConfig();
    config.setDataSource(source);
    config.setMaximumPoolSize(settings.pool());
    config.setConnectionTimeout(POOL_TIMEOUT.toMillis());
    config.setInitializationFailTimeout(-1);
    return new HikariDataSource(config);
  }

  private static void awaitEnd() throws IOException {
    while (System.in.read() >= 0) {
      // The content does not matter, only the end.
    }
  }
}
