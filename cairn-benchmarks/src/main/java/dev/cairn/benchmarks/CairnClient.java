package dev.cairn.benchmarks;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.cairn.Cairn;
import dev.cairn.JobKind;
import dev.cairn.Workers;
import dev.cairn.spi.Fetch;
import dev.cairn.spi.Hook;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A client as a user would set it up, with all that it does by default: heartbeats, notifications,
 * leadership, fences and resumable jobs.
 */
record CairnClient(String jdbcUrl, RiverTable table, int workers) implements Contender {
  private static final int CONNECTIONS = 8;
  private static final int PATIENCE_MINUTES = 30;

  /** The arguments of a job that does nothing. */
  @JobKind(RiverTable.KIND)
  record Noop(int number) {}

  @Override
  public String name() {
    return "Cairn";
  }

  @Override
  public String setting() {
    return "%d slots, %d connections".formatted(workers, CONNECTIONS);
  }

  @Override
  public void fill(int jobs) throws Exception {
    table.fill(jobs);
  }

  @Override
  public int finished() throws Exception {
    return table.finished();
  }

  @Override
  public void work(int jobs, Progress progress) throws Exception {
    var config = new HikariConfig();
    config.setJdbcUrl(jdbcUrl);
    config.setMaximumPoolSize(CONNECTIONS);
    var worked = new CountDownLatch(1);
    try (var pool = new HikariDataSource(config);
        var client =
            Cairn.builder(pool)
                .workers(
                    Workers.builder()
                        .register(
                            Noop.class,
                            (job, context) -> {
                              if (progress.add(1) == jobs) {
                                worked.countDown();
                              }
                            })
                        .build())
                .queue("default", workers)
                .hook(
                    new Hook() {
                      @Override
                      public void afterFetch(Fetch fetch) {
                        progress.claimed(fetch.claimed());
                      }
                    })
                .build()) {
      client.start();
      if (!worked.await(PATIENCE_MINUTES, TimeUnit.MINUTES)) {
        throw new TimeoutException(
            "not all of %d jobs are worked after %d minutes".formatted(jobs, PATIENCE_MINUTES));
      }
      // Returns when the last outcomes are written.
      client.stop();
    }
  }
}
