package dev.cairn.benchmarks.processes;

import dev.cairn.benchmarks.contenders.CairnClient;
import dev.cairn.benchmarks.contenders.RiverContender;
import dev.cairn.benchmarks.measure.Progress;
import dev.cairn.benchmarks.measure.RiverTable;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Several clients, each in a process of its own. The clock runs from the moment when all processes
 * are ready and told to work, until the last job is completed in the database.
 */
record CairnProcesses(RiverTable table, List<WorkerProcess> workers, int slots)
    implements RiverContender {
  private static final long PATIENCE_NANOS = TimeUnit.MINUTES.toNanos(30);
  private static final String UNFINISHED = "state <> 'completed'";

  CairnProcesses {
    workers = List.copyOf(workers);
  }

  @Override
  public String name() {
    return workers.size() == 1 ? "1 process" : "%d processes".formatted(workers.size());
  }

  @Override
  public String setting() {
    return "each %,d slots, %d connections".formatted(slots, CairnClient.CONNECTIONS);
  }

  @Override
  public void work(int jobs, Progress progress) throws Exception {
    var allWorked = new CountDownLatch(1);
    for (WorkerProcess worker : workers) {
      worker.work(number -> {
        if (progress.add(number) >= jobs) {
          allWorked.countDown();
        }
      });
    }
    awaitCompleted(allWorked);
    progress.finish();
    for (WorkerProcess worker : workers) {
      worker.rest();
    }
    for (WorkerProcess worker : workers) {
      worker.awaitReady();
    }
  }

  /** Waits for the completions. Queries the database only when all jobs have been worked. */
  private void awaitCompleted(CountDownLatch allWorked) throws Exception {
    long patientUntil = System.nanoTime() + PATIENCE_NANOS;
    while (!allWorked.await(1, TimeUnit.SECONDS)) {
      check(patientUntil);
    }
    while (table.count(UNFINISHED) > 0) {
      check(patientUntil);
      TimeUnit.MILLISECONDS.sleep(1);
    }
  }

  private void check(long patientUntil) throws TimeoutException {
    workers.forEach(WorkerProcess::checkAlive);
    if (System.nanoTime() > patientUntil) {
      throw new TimeoutException("%s: the jobs do not end".formatted(name()));
    }
  }

  /** The time of the child processes and of this one, which only listens to them. */
  @Override
  public Duration cpu() {
    return workers.stream()
        .map(WorkerProcess::cpu)
        .reduce(RiverContender.super.cpu(), Duration::plus);
  }

  /** Unknown, because the child processes do not report it. */
  @Override
  public @Nullable Long allocatedBytes() {
    return null;
  }
}
