package dev.cairn.benchmarks.kill;

import dev.cairn.benchmarks.kill.WalkingProcess.Begin;
import dev.cairn.benchmarks.measure.ChildJvm;
import dev.cairn.embedded.FreshDatabase;
import java.io.BufferedReader;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Controls a {@link WalkingProcess}. */
final class Walker implements AutoCloseable {
  private static final int HEAP_MEGABYTES = 512;
  private static final int START_SECONDS_MAX = 60;

  private final Process process;
  private final Semaphore ready = new Semaphore(0);
  private final BlockingQueue<Begin> begun = new LinkedBlockingQueue<>();

  private Walker(Process process) {
    this.process = process;
  }

  /** Starts a process, and returns when its client has started. */
  static Walker start(FreshDatabase login, int slots, Duration heartbeatTimeout)
      throws IOException, InterruptedException, TimeoutException {
    Process process =
        ChildJvm.of(
                WalkingProcess.class,
                HEAP_MEGABYTES,
                login,
                String.valueOf(slots),
                String.valueOf(heartbeatTimeout.toSeconds()))
            .redirectError(Redirect.INHERIT)
            .start();
    var walker = new Walker(process);
    Thread.ofPlatform().daemon().name("bench-walker-" + process.pid()).start(walker::listen);
    if (!walker.ready.tryAcquire(START_SECONDS_MAX, TimeUnit.SECONDS)) {
      walker.kill();
      throw new TimeoutException(
          "the client of a worker process did not start in %d s".formatted(START_SECONDS_MAX));
    }
    return walker;
  }

  private void listen() {
    try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (Begin.isIn(line)) {
          begun.add(Begin.in(line));
        } else if (line.equals(WalkingProcess.READY)) {
          ready.release();
        }
      }
    } catch (IOException e) {
      // The process was killed while it printed.
    }
  }

  /** Waits for the next attempts that it begins, as many as there are jobs. */
  List<Begin> awaitBegun(int jobs, Duration patience)
      throws InterruptedException, TimeoutException {
    long deadline = System.nanoTime() + patience.toNanos();
    var all = new ArrayList<Begin>();
    while (all.size() < jobs) {
      Begin next = begun.poll(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
      if (next == null) {
        throw new TimeoutException(
            "only %d of %d jobs run after %s".formatted(all.size(), jobs, patience));
      }
      all.add(next);
    }
    return all;
  }

  /** Kills the process with SIGKILL, and returns when it has ended. */
  void kill() {
    process.destroyForcibly();
    process.onExit().join();
  }

  /** Kills the process, because it has nothing to do before it ends. */
  @Override
  public void close() {
    kill();
  }
}
