package dev.cairn.chaos;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.cairn.Cairn;
import dev.cairn.Job;
import dev.cairn.JobKind;
import dev.cairn.WorkContext;
import dev.cairn.Workers;
import dev.cairn.embedded.FreshDatabase;
import dev.cairn.resumable.Steps;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import javax.sql.DataSource;

/**
 * A process that works jobs until its standard input ends, or it is killed. Each job leaves effects
 * in a table: some in the transaction of their checkpoint, some beside it.
 */
final class ChaosWorker {
  /** How many items each cursor of a job goes through. */
  static final int ITEMS = 20;

  private final DataSource dataSource;

  private ChaosWorker(DataSource dataSource) {
    this.dataSource = dataSource;
  }

  @JobKind("chaos")
  record Chaos(int number) {}

  public static void main(String[] args) throws IOException {
    var config = new HikariConfig();
    config.setDataSource(FreshDatabase.ofEnvironment().dataSource());
    config.setSchema(args[0]);
    config.setMaximumPoolSize(15);
    try (var pool = new HikariDataSource(config);
        var client =
            Cairn.builder(pool)
                .schema(args[0])
                .workers(
                    Workers.builder().register(Chaos.class, new ChaosWorker(pool)::work).build())
                .queue("default", 8)
                .heartbeatTimeout(Duration.ofSeconds(1))
                .flushInterval(Duration.ofMillis(100))
                .build()) {
      client.start();
      while (System.in.read() >= 0) {
        // Lives as long as its parent.
      }
    }
  }

  private void work(Job<Chaos> job, WorkContext context) throws Exception {
    Steps steps = Steps.of(context);
    steps.stepTx("once", connection -> record(connection, job.id(), "once", 0));
    steps.cursor(
        "batches",
        Integer.class,
        0,
        cursor -> {
          while (cursor.get() < ITEMS) {
            cursor.advanceInTransaction((connection, position) -> {
              record(connection, job.id(), "batches", position + 1);
              return position + 1;
            });
          }
        });
    steps.cursor(
        "items",
        Integer.class,
        0,
        cursor -> {
          for (int item = cursor.get() + 1; item <= ITEMS; item++) {
            recordAlone(job.id(), "items", item);
            cursor.advance(item);
          }
        });
    String result = steps.step("result", String.class, () -> "result of " + job.id());
    steps.step("end", () -> recordAlone(job.id(), result, 0));
  }

  private void recordAlone(long job, String what, int item) throws SQLException {
    try (Connection connection = dataSource.getConnection()) {
      record(connection, job, what, item);
    }
  }

  private static void record(Connection connection, long job, String what, int item)
      throws SQLException {
    try (var insert = connection.prepareStatement("INSERT INTO chaos_effect VALUES (?, ?, ?)")) {
      insert.setLong(1, job);
      insert.setString(2, what);
      insert.setInt(3, item);
      insert.executeUpdate();
    }
  }
}
