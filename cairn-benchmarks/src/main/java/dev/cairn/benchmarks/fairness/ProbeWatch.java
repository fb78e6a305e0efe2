package dev.cairn.benchmarks.fairness;

import dev.cairn.Cairn;
import dev.cairn.InsertOptions;
import dev.cairn.Job;
import dev.cairn.JobKind;
import dev.cairn.benchmarks.figures.Latencies;
import dev.cairn.benchmarks.figures.Percentiles;
import dev.cairn.event.Event;
import dev.cairn.event.EventKind;
import dev.cairn.event.EventListener;
import dev.cairn.event.FetchEvent;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;

/** Watches single jobs among many others. Probes are inserted by one thread. */
final class ProbeWatch implements EventListener {
  private final String queue;
  private final Latencies latencies = new Latencies();
  private final AtomicInteger crowd = new AtomicInteger();
  private final AtomicLong claims = new AtomicLong();
  private final AtomicLong claimsMost = new AtomicLong();
  private final Semaphore worked = new Semaphore(0);
  private final AtomicLongArray claimsBefore;
  private int inserted;

  /**
   * A watch over probes in this queue.
   *
   * @param most the maximum number of probes
   */
  ProbeWatch(String queue, int most) {
    this.queue = queue;
    this.claimsBefore = new AtomicLongArray(most);
  }

  /**
   * A watched job.
   *
   * @param due the time at which it should have been inserted
   */
  @JobKind("probe")
  record Probe(int number, long due) {}

  /** Inserts the next probe. */
  void insert(Cairn producer, InsertOptions options, long due) {
    int number = inserted++;
    // Claims that end while the insertion commits count too: one of them may be its own.
    claimsBefore.set(number, claims.get());
    producer.insert(new Probe(number, due), options);
  }

  int inserted() {
    return inserted;
  }

  void worked(Job<Probe> job) {
    latencies.add(System.nanoTime() - job.args().due());
    long between = claims.get() - claimsBefore.get(job.args().number());
    claimsMost.accumulateAndGet(between, Math::max);
    worked.release();
  }

  /** Records that one of the other jobs has been worked. */
  void crowdWorked() {
    crowd.incrementAndGet();
  }

  /** The number of other jobs that have been worked. */
  int crowd() {
    return crowd.get();
  }

  @Override
  public Set<EventKind> kinds() {
    return Set.of(EventKind.JOBS_FETCHED);
  }

  @Override
  public void on(Event event) {
    if (event instanceof FetchEvent fetch && fetch.queue().equals(queue) && fetch.claimed() > 0) {
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
