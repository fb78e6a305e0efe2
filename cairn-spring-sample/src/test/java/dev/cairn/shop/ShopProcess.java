package dev.cairn.shop;

import static org.awaitility.Awaitility.await;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** A shop in a process of its own. Killed when it is closed. */
final class ShopProcess implements AutoCloseable {
  /** Long enough for a busy machine, on which a start has taken ten minutes. */
  private static final Duration PATIENCE = Duration.ofMinutes(20);

  private static final Pattern PORT = Pattern.compile("Tomcat started on port (\\d+)");
  private static final Pattern STARTED = Pattern.compile("Started Shop in");

  private final Process process;
  private final Path log;

  private ShopProcess(Process process, Path log) {
    this.process = process;
    this.log = log;
  }

  /** Starts a shop without DevTools. */
  static ShopProcess start(Map<String, String> environment, Path folder) throws IOException {
    return start(environment, folder, List.of("-Dspring.devtools.restart.enabled=false"));
  }

  /**
   * Starts a shop and waits until it is open.
   *
   * @param folder for its files and its log
   * @param options of the JVM
   */
  static ShopProcess start(Map<String, String> environment, Path folder, List<String> options)
      throws IOException {
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx256m"));
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.addAll(options);
    command.addAll(List.of(Shop.class.getName(), "--server.port=0", "--shop.folder=" + folder));
    // Long enough for a busy machine, short enough for a test.
    command.add("--cairn.heartbeat-timeout=8s");
    Path log = Files.createTempFile(folder, "shop-", ".log");
    var builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
    builder.environment().putAll(environment);
    var shop = new ShopProcess(builder.start(), log);
    Runtime.getRuntime().addShutdownHook(new Thread(shop::kill));
    try {
      shop.awaitStarts(1);
    } catch (RuntimeException e) {
      shop.kill();
      throw e;
    }
    return shop;
  }

  /** Waits until the application has started this often in its process. */
  void awaitStarts(int times) {
    await("start %d of the shop, see %s".formatted(times, log))
        .atMost(PATIENCE)
        .failFast("the shop has ended: " + log, () -> !process.isAlive())
        .until(() -> STARTED.matcher(log()).results().count() >= times);
  }

  Visitor visitor() {
    List<MatchResult> ports = PORT.matcher(log()).results().toList();
    return new Visitor(Integer.parseInt(ports.getLast().group(1)));
  }

  String log() {
    try {
      return Files.readString(log);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Kills the process with {@code kill -9}. */
  void kill() {
    process.destroyForcibly().onExit().join();
  }

  /** Sends {@code SIGTERM}, and does not wait. */
  void terminate() {
    process.destroy();
  }

  int awaitExit() throws InterruptedException {
    if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
      throw new AssertionError("the shop does not end: " + log);
    }
    return process.exitValue();
  }

  /** The class path of this JVM with one more entry. */
  static String classPathWith(Path entry) {
    return entry + File.pathSeparator + System.getProperty("java.class.path");
  }

  @Override
  public void close() {
    kill();
  }
}
