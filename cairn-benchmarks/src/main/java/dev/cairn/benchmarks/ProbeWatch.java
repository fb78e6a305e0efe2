package dev.cairn.benchmarks;

import dev.cairn.Job;
import dev.cairn.JobKind;
import dev.cairn.spi.Fetch;
import dev.cairn.spi.Hook;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** Watches single jobs among many others. Probes are inserted by one thread. */
final class ProbeWatch implements Hook {
  private final String queue;
  private final Latencies latencies = new Latencies();
  private final AtomicInteger crowd = new AtomicInteger();
  private final AtomicLong claims = new AtomicLong();
  private final AtomicLong claimsMost = new AtomicLong();
  private final Semaphore worked = new Semaphore(0);
  private int inserted;

  /** A watch over probes in this queue. */
  ProbeWatch(String queue) {
    this.queue = queue;
  }

  /**
   * A job that is watched.
   *
   * @param due when it should have been inserted
   * @param claims of its queue until then
   */
  @JobKind("probe")
  record Probe(long due, long claims) {}

  /** The arguments of the next probe. */
  Probe next(long due) {
    inserted++;
    return new Probe(due, claims.get());
  }

  int inserted() {
    return inserted;
  }

  void worked(Job<Probe> job) {
    latencies.add(System.nanoTime() - job.args().due());
    claimsMost.accumulateAndGet(claims.get() - job.args().claims(), Math::max);
    worked.release();
  }

  /** One of the others has been worked. */
  void crowdWorked() {
    crowd.incrementAndGet();
  }

  /** How many of the others have been worked. */
  int crowd() {
    return crowd.get();
  }

  @Override
  public void afterFetch(Fetch fetch) {
    if (fetch.queue().equals(queue) && fetch.claimed() > 0) {
      claims.incrementAndGet();
    }
  }

  void awaitAll() throws InterruptedException, TimeoutException {
    if (!worked.tryAcquire(inserted, 1, TimeUnit.MINUTES)) {
      throw new TimeoutException(
          "only %d of %d probes were worked".formatted(worked.availablePermits(), inserted));
    }
  }

  Percentiles untilWork() {
    return latencies.percentiles();
  }

  long claimsMost() {
    return claimsMost.get();
  }
}
