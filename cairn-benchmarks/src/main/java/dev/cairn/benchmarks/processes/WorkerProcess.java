package dev.cairn.benchmarks.processes;

import dev.cairn.benchmarks.measure.ChildJvm;
import dev.cairn.benchmarks.measure.CompilerCpu;
import dev.cairn.embedded.FreshDatabase;
import java.io.BufferedReader;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;

/** Controls a Java process with a Cairn client: a {@link ClientProcess}. */
final class WorkerProcess implements AutoCloseable {
  private static final int HEAP_MEGABYTES = 1024;
  private static final int PATIENCE_SECONDS = 60;

  private final Process process;
  private final Semaphore ready = new Semaphore(0);
  private volatile IntConsumer worked = number -> {};

  private WorkerProcess(Process process) {
    this.process = process;
  }

  static WorkerProcess start(FreshDatabase login, int slots) throws IOException {
    return start(List.of(), Redirect.INHERIT, login, slots);
  }

  /** Starts a process with these options of the JVM, and its standard error redirected. */
  static WorkerProcess start(List<String> options, Redirect errors, FreshDatabase login, int slots)
      throws IOException {
    Process process =
        ChildJvm.of(options, ClientProcess.class, HEAP_MEGABYTES, login, Integer.toString(slots))
            .redirectError(errors)
            .start();
    var worker = new WorkerProcess(process);
    Thread.ofPlatform().daemon().name("bench-reports-" + process.pid()).start(worker::listen);
    return worker;
  }

  private void listen() {
    try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (line.equals(ClientProcess.READY)) {
          ready.release();
        } else if (line.startsWith(ClientProcess.WORKED)) {
          worked.accept(Integer.parseInt(line.substring(ClientProcess.WORKED.length())));
        }
      }
    } catch (IOException e) {
      // The process was killed while it printed.
    }
  }

  /**
   * Waits until the process is ready for an order: after its start, and after it was told to rest.
   */
  void awaitReady() throws InterruptedException {
    if (!ready.tryAcquire(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
      throw new IllegalStateException(
          "worker process %d is not ready after %d seconds"
              .formatted(process.pid(), PATIENCE_SECONDS));
    }
  }

  /** Starts its client, and reports the number of worked jobs, a few at a time. */
  void work(IntConsumer listener) throws IOException {
    worked = listener;
    order(ClientProcess.WORK);
  }

  /** Stops its client. */
  void rest() throws IOException {
    order(ClientProcess.REST);
  }

  /**
   * Lets the process end by itself, with the normal shutdown of a JVM.
   *
   * @throws IllegalStateException if the process does not end
   */
  void end() throws IOException, InterruptedException {
    order(ClientProcess.END);
    if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
      throw new IllegalStateException(
          "worker process %d has not ended after %d seconds"
              .formatted(process.pid(), PATIENCE_SECONDS));
    }
  }

  private void order(String word) throws IOException {
    var orders = process.outputWriter(StandardCharsets.UTF_8);
    orders.write(word + "\n");
    orders.flush();
  }

  /**
   * @throws IllegalStateException if the process has ended by itself
   */
  void checkAlive() {
    if (!process.isAlive()) {
      throw new IllegalStateException("worker process %d ended by itself".formatted(process.pid()));
    }
  }

  Duration compilerCpu() throws IOException {
    return CompilerCpu.of(process.pid());
  }

  Duration cpu() {
    return process.info().totalCpuDuration().orElse(Duration.ZERO);
  }

  /** Kills the process, which has reported everything before. */
  @Override
  public void close() {
    process.destroyForcibly();
    process.onExit().join();
  }
}
