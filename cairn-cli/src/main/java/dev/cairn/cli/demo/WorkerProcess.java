package dev.cairn.cli.demo;

import dev.cairn.embedded.FreshDatabase;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A Java process of our own that works the job. */
final class WorkerProcess {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final int LOG_CHARACTERS_MAX = 2_000;

  private final String clientId;
  private final Process process;
  private final Path log;

  private WorkerProcess(String clientId, Process process, Path log) {
    this.clientId = clientId;
    this.process = process;
    this.log = log;
  }

  /**
   * Starts one that runs the same classes as this process, and finds the database by its
   * environment.
   */
  static WorkerProcess start(
      String clientId, FreshDatabase database, Path folder, Duration heartbeatTimeout)
      throws IOException {
    Path log = folder.resolve(clientId + ".log");
    var builder =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx256m",
            "-XX:+UseSerialGC",
            "-cp",
            System.getProperty("java.class.path"),
            dev.cairn.cli.Main.class.getName(),
            DemoWorkerCommand.NAME,
            DemoWorkerCommand.CLIENT_ID,
            clientId,
            DemoWorkerCommand.FOLDER,
            folder.toString(),
            DemoWorkerCommand.HEARTBEAT_TIMEOUT,
            heartbeatTimeout.toString());
    builder.environment().putAll(database.environment());
    Process process =
        builder
            .redirectInput(Redirect.PIPE)
            .redirectOutput(log.toFile())
            .redirectErrorStream(true)
            .start();
    return new WorkerProcess(clientId, process, log);
  }

  String clientId() {
    return clientId;
  }

  long pid() {
    return process.pid();
  }

  /** {@code kill -9}: the process gets no chance to do anything. */
  void kill() {
    process.destroyForcibly();
    process.onExit().join();
  }

  /** Lets it end by itself, and makes sure that it does. */
  void stop() {
    try {
      process.getOutputStream().close();
      if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
        kill();
      }
    } catch (IOException e) {
      kill();
    } catch (InterruptedException e) {
      kill();
      Thread.currentThread().interrupt();
    }
  }

  /**
   * @throws IllegalStateException with what it printed, if it has ended although nobody killed it
   */
  void checkAlive() throws IOException {
    if (!process.isAlive()) {
      throw new IllegalStateException(
          "worker process %d (%s) ended by itself with exit code %d and printed: %s"
              .formatted(pid(), clientId, process.exitValue(), printed()));
    }
  }

  private String printed() throws IOException {
    List<String> lines = Files.readAllLines(log, Charset.defaultCharset());
    String text = String.join(System.lineSeparator(), lines).strip();
    return text.isEmpty()
        ? "(nothing)"
        : text.substring(Math.max(0, text.length() - LOG_CHARACTERS_MAX));
  }
}
