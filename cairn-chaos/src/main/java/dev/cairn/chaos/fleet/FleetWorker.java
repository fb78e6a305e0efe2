package dev.cairn.chaos.fleet;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.cairn.Cairn;
import dev.cairn.CairnBuilder;
import dev.cairn.QueueOptions;
import dev.cairn.Retention;
import dev.cairn.Workers;
import dev.cairn.chaos.history.Deed;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * A worker process. It works until its standard input ends, which means that it has to stop, or
 * that its parent has ended. Each line on its standard input is a request for its {@link Holdings}.
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
    var journal = new Journal(settings.client(), Path.of(settings.files() + ".journal"));
    LatenessWatch.begin(() -> {}, journal::late);
    try (HikariDataSource pool = pool(settings)) {
      Cairn client = client(settings, pool, journal);
      start(client);
      System.out.println("started");
      awaitEnd(new Holdings(pool, Path.of(settings.files() + ".holdings")));
      System.out.println("stopping");
      client.stop(GRACE);
    }
    System.out.println("stopped");
    System.exit(0);
  }

  private static Cairn client(WorkerSettings settings, HikariDataSource pool, Journal journal) {
    var worker = new DeedWorker(pool, journal, settings);
    CairnBuilder builder = Cairn.builder(pool);
    if (settings.pooled()) {
      builder.pollOnly();
    } else {
      builder.queue(
          WorkerSettings.ownQueue(settings.client()),
          QueueOptions.of(1).withPollInterval(WorkerSettings.OWN_POLL));
    }
    if (!settings.spared()) {
      builder.queue(WorkerSettings.EXIT_QUEUE, 1);
    }
    Duration retention = settings.retention();
    return builder
        .schema(settings.schema())
        .clientId(settings.client())
        .workers(Workers.builder().register(Deed.class, worker).build())
        .queue(WorkerSettings.QUEUE, WorkerSettings.SLOTS)
        .heartbeatTimeout(settings.heartbeatTimeout())
        .retention(
            Retention.defaults()
                .withCompleted(retention)
                .withCancelled(retention)
                .withDiscarded(retention))
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

  /** Each line is the number of a request for the holdings. */
  private static void awaitEnd(Holdings holdings) throws IOException {
    var requests = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
    String number = requests.readLine();
    while (number != null) {
      try {
        holdings.write(number);
      } catch (OutOfMemoryError e) {
        // A job may have used up the memory. Then this request gets no answer.
      }
      number = requests.readLine();
    }
  }
}
