package dev.cairn.benchmarks.measure;

import dev.cairn.embedded.FreshDatabase;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Child processes with the classes of this process. */
public final class ChildJvm {
  private ChildJvm() {}

  /**
   * A process that runs a main class with this heap. The caller can set it up further, and starts
   * it. It finds the database with {@link FreshDatabase#ofEnvironment()}.
   */
  public static ProcessBuilder of(
      Class<?> main, int heapMegabytes, FreshDatabase login, String... args) {
    return of(List.of(), main, heapMegabytes, login, args);
  }

  /** A process with further options of the JVM. */
  public static ProcessBuilder of(
      List<String> options, Class<?> main, int heapMegabytes, FreshDatabase login, String... args) {
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-Xmx%dm".formatted(heapMegabytes));
    command.addAll(options);
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
    command.addAll(List.of(args));
    var builder = new ProcessBuilder(command);
    builder.environment().putAll(login.environment());
    return builder;
  }

  /** Ends the child process when its standard input ends, and so when its parent ends. */
  public static void endWithParent() {
    Thread.ofPlatform().daemon().name("bench-parent").start(ChildJvm::awaitEndOfInput);
  }

  private static void awaitEndOfInput() {
    try {
      while (System.in.read() >= 0) {
        // The content does not matter, only the end.
      }
    } catch (IOException e) {
      // A failure counts as the end.
    }
    Runtime.getRuntime().halt(1);
  }
}
