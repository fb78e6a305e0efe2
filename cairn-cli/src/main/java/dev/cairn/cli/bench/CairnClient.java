package dev.cairn.cli.bench;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.cairn.Cairn;
import dev.cairn.JobKind;
import dev.cairn.Workers;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A client as a user would set it up, with all that it does by default: heartbeats, notifications,
 * leadership, fences and resumable jobs.
 */
record CairnClient(String jdbcUrl, int workers) implements Contender {
  private static final int CONNECTIONS = 8;
  private static final int PATIENCE_MINUTES = 30;

  /** The arguments of a job that does nothing. */
  @JobKind(BurnDown.KIND)
  record Noop(int number) {}

  @Override
  public void work(int jobs) throws Exception {
    var config = new HikariConfig();
    config.setJdbcUrl(jdbcUrl);
    config.setMaximumPoolSize(CONNECTIONS);
    var left = new AtomicInteger(jobs);
    var worked = new CountDownLatch(1);
    try (var pool = new HikariDataSource(config);
        var client =
            Cairn.builder(pool)
                .workers(
                    Workers.builder()
                        .register(
                            Noop.class,
                            (job, context) -> {
                              if (left.decrementAndGet() == 0) {
                                worked.countDown();
                              }
                            })
                        .build())
                .queue("default", workers)
                .build()) {
      client.start();
      if (!worked.await(PATIENCE_MINUTES, TimeUnit.MINUTES)) {
        throw new TimeoutException(
            "%d of %d jobs are left after %d minutes"
                .formatted(left.get(), jobs, PATIENCE_MINUTES));
      }
      // Returns when the last outcomes are written.
      client.stop();
    }
  }
}
