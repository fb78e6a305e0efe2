package dev.cairn.internal.work;

import dev.cairn.internal.concurrent.Nanos;
import dev.cairn.internal.foreign.Log;
import dev.cairn.internal.store.ClaimRange;
import dev.cairn.internal.store.JobStore;
import dev.cairn.internal.store.QueueLook;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;

/**
 * Looks for due jobs in all queues of a client with one statement, so that many idle queues cost
 * little more than one. The queues' threads ask at about the same moment, and the first one looks
 * on behalf of all. Thread-safe.
 */
final class SharedLook {
  private static final Log log = Log.of(SharedLook.class);

  /** How long the first queue waits for the others, which should wake at about the same moment. */
  private static final long GATHER_NANOS = Duration.ofMillis(5).toNanos();

  /** How long a queue waits for the look of another queue, which may hang. */
  private static final Duration PATIENCE = Duration.ofMillis(100);

  /** How long a queue that is polled rarely waits for the look of another queue. */
  private static final Duration SELDOM_PATIENCE = Duration.ofSeconds(1);

  /**
   * After a slower look, each queue looks for itself for some time, because one of the queues may
   * be slow. This time doubles with each slow look in a row, because the first looks of a process
   * are slow for other reasons.
   */
  private static final long SLOW_NANOS = Duration.ofMillis(50).toNanos();

  /** The answer for a queue without a job that will be due within the hour. */
  static final Duration NOTHING_DUE = Duration.ofDays(1);

  private static final long FIRST_ALONE_NANOS = Duration.ofSeconds(1).toNanos();
  private static final int MOST_DOUBLINGS = 5;

  private final JobStore jobs;
  private final Set<String> kinds;
  private final IntSupplier queues;
  private final LongSupplier nanoTime;
  private final Duration patience;
  private final long beganNanos;

  private volatile long aloneUntilNanos;

  /** Guarded by this. */
  private int slowInARow;

  /** The questions that no look has taken up yet. Guarded by this. */
  private List<Asked> gathered = new ArrayList<>();

  private record Asked(
      QueueLook look, long nanos, Thread asker, CompletableFuture<Duration> answer) {}

  /**
   * @param kinds the only kinds of jobs to look for; all if empty
   * @param queues the number of queues; a single queue looks by claiming
   */
  SharedLook(JobStore jobs, Set<String> kinds, IntSupplier queues, LongSupplier nanoTime) {
    this(jobs, kinds, queues, nanoTime, PATIENCE);
  }

  /**
   * Creates a look with another patience than the usual one.
   *
   * @param patience how long a queue waits for the look of another queue
   */
  SharedLook(
      JobStore jobs,
      Set<String> kinds,
      IntSupplier queues,
      LongSupplier nanoTime,
      Duration patience) {
    this.patience = patience;
    this.jobs = jobs;
    this.kinds = kinds;
    this.queues = queues;
    this.nanoTime = nanoTime;
    this.beganNanos = nanoTime.getAsLong();
    this.aloneUntilNanos = beganNanos;
  }

  /**
   * The time until the next job of a queue is due in a range. Zero if a job is due, or may be: the
   * queue should then claim. Waits for the answer.
   *
   * @param interval the time between two looks of the queue. If it is short, a queue that asks
   *     alone looks by claiming
   */
  Duration untilDue(String queue, ClaimRange range, Duration interval) {
    if (looksByItself(interval)) {
      return Duration.ZERO;
    }
    var asked =
        new Asked(
            new QueueLook(queue, range),
            nanoTime.getAsLong(),
            Thread.currentThread(),
            new CompletableFuture<>());
    if (isFirst(asked)) {
      LockSupport.parkNanos(GATHER_NANOS);
      lookForAll();
    }
    // A queue without an answer looks by claiming.
    return asked
        .answer()
        .completeOnTimeout(Duration.ZERO, patience(interval).toMillis(), TimeUnit.MILLISECONDS)
        .join();
  }

  /**
   * Whether a queue looks by claiming. Only a common look returns the time until the next job is
   * due, so a queue that is polled rarely always takes part in one.
   */
  private boolean looksByItself(Duration interval) {
    boolean isSlow = aloneUntilNanos - nanoTime.getAsLong() > 0;
    return !isSeldom(interval) && (queues.getAsInt() <= 1 || isSlow);
  }

  private static boolean isSeldom(Duration interval) {
    return interval.compareTo(PollInterval.BUSY) > 0;
  }

  private Duration patience(Duration interval) {
    return isSeldom(interval) && patience.compareTo(SELDOM_PATIENCE) < 0
        ? SELDOM_PATIENCE
        : patience;
  }

  private synchronized boolean isFirst(Asked asked) {
    // If such a question is still here, the thread that should have looked for it has failed.
    gathered.removeIf(each -> asked.nanos() - each.nanos() > Nanos.of(patience));
    gathered.add(asked);
    if (gathered.size() >= queues.getAsInt()) {
      LockSupport.unpark(gathered.getFirst().asker());
    }
    return gathered.size() == 1;
  }

  private synchronized List<Asked> takeAll() {
    List<Asked> all = gathered;
    gathered = new ArrayList<>();
    return all;
  }

  private void lookForAll() {
    List<Asked> all = takeAll();
    long began = nanoTime.getAsLong();
    try {
      Map<Integer, Duration> due = jobs.untilDue(all.stream().map(Asked::look).toList(), kinds);
      for (int i = 0; i < all.size(); i++) {
        all.get(i).answer().complete(due.getOrDefault(i, NOTHING_DUE));
      }
    } catch (Throwable e) {
      log.debug(
          "Could not look for due jobs in all queues at once: each queue claims by itself", e);
    } finally {
      judge(began, nanoTime.getAsLong());
      all.forEach(asked -> asked.answer().complete(Duration.ZERO));
    }
  }

  private synchronized void judge(long beganNanos, long endedNanos) {
    if (endedNanos - beganNanos <= SLOW_NANOS) {
      slowInARow = 0;
      return;
    }
    aloneUntilNanos = endedNanos + (FIRST_ALONE_NANOS << Math.min(slowInARow, MOST_DOUBLINGS));
    slowInARow++;
  }

  /** How long to rest until the next common look, at most an interval. */
  Duration untilNext(Duration interval, long nowNanos) {
    long nanos = Nanos.of(interval);
    return looksByItself(interval)
        ? interval
        : Duration.ofNanos(nanos - Math.floorMod(nowNanos - beganNanos, nanos));
  }
}
