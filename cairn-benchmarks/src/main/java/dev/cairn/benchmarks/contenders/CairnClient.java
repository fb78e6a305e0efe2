package dev.cairn.benchmarks.contenders;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.cairn.Cairn;
import dev.cairn.CairnBuilder;
import dev.cairn.JobKind;
import dev.cairn.Worker;
import dev.cairn.Workers;
import dev.cairn.benchmarks.measure.Progress;
import dev.cairn.benchmarks.measure.RiverTable;
import dev.cairn.embedded.FreshDatabase;
import dev.cairn.event.Event;
import dev.cairn.event.EventKind;
import dev.cairn.event.EventListener;
import dev.cairn.event.FetchEvent;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.sql.DataSource;

/**
 * A client as a user would set it up, with its default features: heartbeats, notifications,
 * leadership, fences and resumable jobs.
 *
 * @param workers the number of slots, shared by all queues of the table
 */
public record CairnClient(FreshDatabase login, RiverTable table, int workers)
    implements RiverContender {
  /** The number of connections of its pool. */
  public static final int CONNECTIONS = 8;

  private static final int PATIENCE_MINUTES = 30;

  /** The arguments of a job that does nothing. */
  @JobKind(RiverTable.KIND)
  public record Noop(int number) {}

  @Override
  public String name() {
    int queues = table.queues().size();
    return queues == 1 ? "Cairn" : "Cairn, %d queues".formatted(queues);
  }

  @Override
  public String setting() {
    return "%,d slots, %d connections".formatted(workers, CONNECTIONS);
  }

  @Override
  public void work(int jobs, Progress progress) throws Exception {
    var worked = new CountDownLatch(1);
    try (var pool = pool(login);
        var client =
            builder(
                    pool,
                    (job, context) -> {
                      if (progress.add(1) == jobs) {
                        worked.countDown();
                      }
                    })
                .listener(claimsOf(progress))
                .build()) {
      client.start();
      await(worked, jobs);
      // This returns when the last outcomes are written.
      client.stop();
      progress.finish();
    }
  }

  /** A connection pool for such a client. */
  public static HikariDataSource pool(FreshDatabase login) {
    return pool(login, CONNECTIONS);
  }

  /** A pool with this maximum number of connections. */
  public static HikariDataSource pool(FreshDatabase login, int connections) {
    var config = new HikariConfig();
    config.setDataSource(login.dataSource());
    config.setMaximumPoolSize(connections);
    return new HikariDataSource(config);
  }

  /**
   * A builder of the client with this code for its jobs; all queues get the same number of slots.
   */
  public CairnBuilder builder(DataSource pool, Worker<Noop> code) {
    CairnBuilder builder =
        Cairn.builder(pool).workers(Workers.builder().register(Noop.class, code).build());
    for (String queue : table.queues()) {
      builder.queue(queue, Math.max(1, workers / table.queues().size()));
    }
    return builder;
  }

  static EventListener claimsOf(Progress progress) {
    return new EventListener() {
      @Override
      public Set<EventKind> kinds() {
        return Set.of(EventKind.JOBS_FETCHED);
      }

      @Override
      public void on(Event event) {
        if (event instanceof FetchEvent fetch) {
          progress.claimed(fetch.claimed());
        }
      }
    };
  }

  static void await(CountDownLatch worked, int jobs) throws Exception {
    if (!worked.await(PATIENCE_MINUTES, TimeUnit.MINUTES)) {
      throw new TimeoutException(
          "not all of %d jobs are worked after %d minutes".formatted(jobs, PATIENCE_MINUTES));
    }
  }
}
