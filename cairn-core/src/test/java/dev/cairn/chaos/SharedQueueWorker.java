package dev.cairn.chaos;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.cairn.Cairn;
import dev.cairn.Job;
import dev.cairn.JobKind;
import dev.cairn.WorkContext;
import dev.cairn.Workers;
import dev.cairn.embedded.FreshDatabase;
import java.io.IOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A process that works jobs until its standard input ends, or it is killed. Each job leaves one row
 * in a table, in the transaction of its completion.
 */
final class SharedQueueWorker {
  private SharedQueueWorker() {}

  @JobKind("shared")
  record Shared(int number) {}

  public static void main(String[] args) throws IOException {
    var config = new HikariConfig();
    config.setDataSource(FreshDatabase.ofEnvironment().dataSource());
    config.setSchema(args[0]);
    config.setMaximumPoolSize(12);
    try (var pool = new HikariDataSource(config);
        var client =
            Cairn.builder(pool)
                .schema(args[0])
                .workers(Workers.builder().register(Shared.class, SharedQueueWorker::work).build())
                .queue("default", 50)
                .queue("other", 50)
                .heartbeatTimeout(Duration.ofSeconds(1))
                .pollInterval(Duration.ofMillis(500))
                .build()) {
      client.start();
      while (System.in.read() >= 0) {
        // Lives as long as its parent wants.
      }
    }
  }

  private static void work(Job<Shared> job, WorkContext context) throws Exception {
    context.<@Nullable Void>inTransaction(connection -> {
      try (var insert = connection.prepareStatement("INSERT INTO shared_effect VALUES (?, ?)")) {
        insert.setLong(1, job.id());
        insert.setString(2, context.client().id());
        insert.executeUpdate();
      }
      context.completeTx(connection);
      return null;
    });
  }
}
