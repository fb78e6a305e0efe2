package dev.cairn.chaos;

import dev.cairn.TestDatabase;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Processes that work the jobs of a test; those that are left are killed after it. */
final class WorkerProcesses implements AfterEachCallback {
  private final TestDatabase database;
  private final List<String> command = new ArrayList<>();

  /** In the order of their start; a test takes out of it those that it ends itself. */
  final List<Process> running = new ArrayList<>();

  /**
   * Each runs the {@code main} of this class, which is given the database by its environment and
   * the schema as its argument.
   */
  WorkerProcesses(TestDatabase database, Class<?> worker, String... options) {
    this.database = database;
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-XX:+UseSerialGC");
    command.addAll(List.of(options));
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), worker.getName()));
  }

  /** A process that reads its standard input and is not listened to. */
  Process start() throws IOException {
    return start(Redirect.DISCARD);
  }

  /** As {@link #start()}, with its standard output going there. */
  Process start(Redirect output) throws IOException {
    var withArguments = new ArrayList<>(command);
    withArguments.add(database.schema());
    var builder =
        new ProcessBuilder(withArguments).redirectOutput(output).redirectError(Redirect.DISCARD);
    builder.environment().putAll(database.fresh().environment());
    Process process = builder.start();
    running.add(process);
    return process;
  }

  @Override
  public void afterEach(ExtensionContext context) {
    running.forEach(Process::destroyForcibly);
  }
}
