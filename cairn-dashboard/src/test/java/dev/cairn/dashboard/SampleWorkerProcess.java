package dev.cairn.dashboard;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.cairn.Cairn;
import dev.cairn.embedded.FreshDatabase;
import dev.cairn.log.JobLog;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Path;
import java.time.Duration;

/** A process of its own that works {@link SampleWorkers}, to be killed. */
final class SampleWorkerProcess {
  /** The queue that it works. */
  static final String QUEUE = "walks";

  private SampleWorkerProcess() {}

  private static final Duration HEARTBEAT_TIMEOUT = Duration.ofSeconds(5);

  /** Works until its input ends. Argument: the id of its client. */
  public static void main(String[] arguments) throws IOException {
    var config = new HikariConfig();
    config.setDataSource(FreshDatabase.ofEnvironment().dataSource());
    try (var pool = new HikariDataSource(config);
        Cairn client =
            Cairn.builder(pool)
                .schema("public")
                .clientId(arguments[0])
                .heartbeatTimeout(HEARTBEAT_TIMEOUT)
                .workers(SampleWorkers.all())
                .middleware(new JobLog())
                .queue(QUEUE, 5)
                .build()) {
      client.start();
      while (System.in.read() >= 0) {
        // Until the test ends.
      }
    }
  }

  static Process start(FreshDatabase database, String clientId) throws IOException {
    var builder =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Xmx128m",
                "-cp",
                System.getProperty("java.class.path"),
                SampleWorkerProcess.class.getName(),
                clientId)
            .redirectOutput(Redirect.DISCARD)
            .redirectError(Redirect.DISCARD);
    builder.environment().putAll(database.environment());
    return builder.start();
  }
}
