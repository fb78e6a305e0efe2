package dev.cairn.cli.demo;

import dev.cairn.embedded.FreshDatabase;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** A Java process of our own that works the job. */
final class WorkerProcess {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final int LOG_CHARACTERS_MAX = 2_000;

  private final String clientId;
  private final Process process;
  private final Path folder;
  private final Optional<BlackHole> network;

  private WorkerProcess(
      String clientId, Process process, Path folder, Optional<BlackHole> network) {
    this.clientId = clientId;
    this.process = process;
    this.folder = folder;
    this.network = network;
  }

  /**
   * Starts one that runs the same classes as this process, and finds the database by its
   * environment.
   *
   * @param network through which it reaches the database, if not directly
   */
  static WorkerProcess start(
      String clientId,
      FreshDatabase database,
      Optional<BlackHole> network,
      Path folder,
      Demo.Settings settings)
      throws IOException {
    FreshDatabase seen = network.map(it -> it.seen(database)).orElse(database);
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
            settings.heartbeatTimeout().toString(),
            DemoWorkerCommand.KILLS,
            Integer.toString(settings.kills()),
            DemoWorkerCommand.SEED,
            Long.toString(settings.seed()));
    builder.environment().putAll(seen.environment());
    Process process =
        builder
            .redirectInput(Redirect.PIPE)
            .redirectOutput(log(folder, clientId).toFile())
            .redirectErrorStream(true)
            .start();
    return new WorkerProcess(clientId, process, folder, network);
  }

  String clientId() {
    return clientId;
  }

  long pid() {
    return process.pid();
  }

  /** Empty if it reaches the database directly. */
  Optional<BlackHole> network() {
    return network;
  }

  /** How often it has given up a job that another process took over. */
  long timesLetGo() throws IOException {
    return LetGo.times(folder, clientId);
  }

  /** {@code kill -STOP}: the process stands still, with all its threads. */
  void freeze() throws IOException, InterruptedException {
    signal("STOP");
  }

  /** {@code kill -CONT}: the process continues, and does not know how long it was stopped. */
  void thaw() throws IOException, InterruptedException {
    signal("CONT");
  }

  private void signal(String name) throws IOException, InterruptedException {
    // A command of every shell: not every machine has it as a program.
    Process kill = new ProcessBuilder("sh", "-c", "kill -%s %d".formatted(name, pid())).start();
    if (kill.waitFor() != 0) {
      throw new IOException("kill -%s %d has failed [CAIRN-905]".formatted(name, pid()));
    }
  }

  /** {@code kill -9}: the process gets no chance to do anything. */
  void kill() {
    process.destroyForcibly();
    process.onExit().join();
  }

  /** Lets the process end by itself, and kills it if it does not. */
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
   * @throws IllegalStateException with its output, if it has ended without being killed
   */
  void checkAlive() throws IOException {
    if (!process.isAlive()) {
      throw new IllegalStateException(
          "worker process %d (%s) ended by itself with exit code %d and printed: %s [CAIRN-905]"
              .formatted(pid(), clientId, process.exitValue(), printed()));
    }
  }

  private static Path log(Path folder, String clientId) {
    return folder.resolve(clientId + ".log");
  }

  private String printed() throws IOException {
    List<String> lines = Files.readAllLines(log(folder, clientId), Charset.defaultCharset());
    String text = String.join(System.lineSeparator(), lines).strip();
    return text.isEmpty()
        ? "(nothing)"
        : text.substring(Math.max(0, text.length() - LOG_CHARACTERS_MAX));
  }
}
