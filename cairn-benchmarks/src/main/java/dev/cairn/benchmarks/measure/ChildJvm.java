package dev.cairn.benchmarks.measure;

import dev.cairn.embedded.FreshDatabase;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Processes of our own, with the classes of this one. */
public final class ChildJvm {
  private ChildJvm() {}

  /**
   * One that runs a main class in so much heap; to be set up further, and started. It finds the
   * database by {@link FreshDatabase#ofEnvironment()}.
   */
  public static ProcessBuilder of(
      Class<?> main, int heapMegabytes, FreshDatabase login, String... args) {
    return of(List.of(), main, heapMegabytes, login, args);
  }

  /** The same with further options of the JVM. */
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

  /** In the child: ends it with its standard input, so with its parent, however that ends. */
  public static void endWithParent() {
    Thread.ofPlatform().daemon().name("bench-parent").start(ChildJvm::awaitEndOfInput);
  }

  private static void awaitEndOfInput() {
    try {
      while (System.in.read() >= 0) {
        // Only its end matters.
      }
    } catch (IOException e) {
      // As good as its end.
    }
    Runtime.getRuntime().halt(1);
  }
}
