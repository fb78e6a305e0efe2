package dev.cairn.cli.demo;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.cairn.Cairn;
import dev.cairn.Workers;
import dev.cairn.embedded.FreshDatabase;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** A worker process of the demo. Lives until its standard input ends, or it is killed. */
@Command(name = DemoWorkerCommand.NAME, hidden = true)
public final class DemoWorkerCommand implements Callable<Integer> {
  static final String NAME = "demo-worker";
  static final String CLIENT_ID = "--client-id";
  static final String FOLDER = "--folder";
  static final String HEARTBEAT_TIMEOUT = "--heartbeat-timeout";
  static final String KILLS = "--kills";
  static final String SEED = "--seed";

  private static final int CONNECTIONS = 8;

  @Option(names = CLIENT_ID, required = true)
  @SuppressWarnings("NullAway.Init") // set by picocli
  private String clientId;

  @Option(names = FOLDER, required = true)
  @SuppressWarnings("NullAway.Init") // set by picocli
  private Path folder;

  @Option(names = HEARTBEAT_TIMEOUT, required = true)
  @SuppressWarnings("NullAway.Init") // set by picocli
  private Duration heartbeatTimeout;

  @Option(names = KILLS, required = true)
  private int kills;

  @Option(names = SEED, required = true)
  private long seed;

  @Override
  public Integer call() throws IOException {
    var config = new HikariConfig();
    config.setDataSource(FreshDatabase.ofEnvironment().dataSource());
    config.setMaximumPoolSize(CONNECTIONS);
    try (var pool = new HikariDataSource(config)) {
      var worker =
          new InventoryWorker(
              new InventoryTables(pool),
              HashCounter.of(folder, clientId),
              new Pace(folder, new KillPlan(kills, seed)),
              () -> LetGo.note(folder, clientId));
      try (var client =
          Cairn.builder(pool)
              .clientId(clientId)
              .heartbeatTimeout(heartbeatTimeout)
              .workers(Workers.builder().register(Inventory.class, worker).build())
              .queue("default", 1)
              .build()) {
        client.start();
        while (System.in.read() >= 0) {
          // Lives as long as its parent.
        }
      }
    }
    return 0;
  }
}
