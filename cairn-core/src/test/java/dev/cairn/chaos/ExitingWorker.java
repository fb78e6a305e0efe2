package dev.cairn.chaos;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.cairn.Cairn;
import dev.cairn.JobKind;
import dev.cairn.Workers;
import dev.cairn.embedded.FreshDatabase;
import java.time.Duration;

/** A process whose job tells it to exit, and which closes its client when it does. */
final class ExitingWorker {
  private ExitingWorker() {}

  @JobKind("exiting")
  record Exiting() {}

  public static void main(String[] args) throws InterruptedException {
    var config = new HikariConfig();
    config.setDataSource(FreshDatabase.ofEnvironment().dataSource());
    config.setSchema(args[0]);
    var pool = new HikariDataSource(config);
    Cairn client =
        Cairn.builder(pool)
            .schema(args[0])
            .workers(
                Workers.builder().register(Exiting.class, (job, context) -> System.exit(3)).build())
            .queue("default", 5)
            .heartbeatTimeout(Duration.ofSeconds(5))
            .build();
    Runtime.getRuntime().addShutdownHook(new Thread(client::stop));
    client.start();
    Thread.sleep(Duration.ofMinutes(2));
  }
}
