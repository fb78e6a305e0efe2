package dev.cairn.benchmarks.steady;

import com.zaxxer.hikari.HikariDataSource;
import dev.cairn.Cairn;
import dev.cairn.JobInsert;
import dev.cairn.JobKind;
import dev.cairn.Workers;
import dev.cairn.benchmarks.contenders.CairnClient;
import dev.cairn.benchmarks.measure.RiverTable;
import dev.cairn.embedded.FreshDatabase;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** A client that works, and another one with connections of its own that inserts. */
record SteadyCairn(FreshDatabase login, int workers) implements SteadySide {
  private static final int PRODUCER_CONNECTIONS = 2;

  /** A job that does nothing and knows when it should have been inserted. */
  @JobKind(RiverTable.KIND)
  record Timed(long due) {}

  @Override
  public String name() {
    return "Cairn";
  }

  @Override
  public Session open() {
    return new Both(
        CairnClient.pool(login, PRODUCER_CONNECTIONS), CairnClient.pool(login), workers);
  }

  private static final class Both implements Session {
    private final HikariDataSource producers;
    private final HikariDataSource pool;
    private final int workers;
    private final Cairn producer;
    private @Nullable Cairn client;

    Both(HikariDataSource producers, HikariDataSource pool, int workers) {
      this.producers = producers;
      this.pool = pool;
      this.workers = workers;
      this.producer = Cairn.builder(producers).build();
    }

    @Override
    public void insert(long[] dues) {
      producer.insertManyFast(
          Arrays.stream(dues).mapToObj(due -> JobInsert.of(new Timed(due))).toList());
    }

    @Override
    public void work(Meter meter) {
      client =
          Cairn.builder(pool)
              .workers(
                  Workers.builder()
                      .register(Timed.class, (job, context) -> meter.worked(job.args().due()))
                      .build())
              .queue("default", workers)
              .build();
      client.start();
    }

    @Override
    public void close() {
      try (producers;
          pool) {
        if (client != null) {
          client.stop();
        }
      }
    }
  }
}
