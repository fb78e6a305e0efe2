package dev.cairn.internal.work;

import dev.cairn.internal.concurrent.Loop;
import dev.cairn.internal.concurrent.Nanos;
import dev.cairn.internal.foreign.Log;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Tells of what has happened, on a thread of its own: a listener that is slow or does not return
 * holds up no outcome, no checkpoint and no claim. What there is to tell waits in a queue of
 * limited length. While the listeners get on, whoever finds it full waits for them; once one of
 * them has not returned for a second, what finds no room is dropped and counted. Thread-safe.
 */
final class Teller {
  private static final Log log = Log.of(Teller.class);
  private static final int CAPACITY = 10_000;
  private static final long PATIENCE_NANOS = Duration.ofSeconds(1).toNanos();

  /** What is told last may have to be read from the database first. */
  private static final long LAST_PATIENCE_NANOS = Duration.ofSeconds(3).toNanos();

  private static final Duration LOOK = Duration.ofMillis(50);

  private final BlockingQueue<Runnable> news = new ArrayBlockingQueue<>(CAPACITY);
  private final Loop loop = new Loop("cairn-events", this::turn, this::turn);
  private final AtomicLong dropped = new AtomicLong();

  /** When what is being told now was begun, in {@link System#nanoTime()}; zero if nothing is. */
  private volatile long begunNanos;

  void start() {
    loop.start();
  }

  /** Tells what is there yet, and then no more. */
  void stop() {
    loop.stop();
  }

  boolean isStopping() {
    return loop.isStopping();
  }

  /** Waits until all is told, as long as the listeners get on. */
  boolean join(Duration timeout) {
    long end = System.nanoTime() + Nanos.of(timeout);
    while (!loop.join(LOOK)) {
      if (isStuck(LAST_PATIENCE_NANOS) || System.nanoTime() - end >= 0) {
        return false;
      }
    }
    return true;
  }

  Optional<Thread> thread() {
    return loop.thread();
  }

  /** Has something told. Never throws. */
  void tell(Runnable what) {
    if (!news.offer(what) && !offerPatiently(what)) {
      drop();
    }
    loop.ring();
  }

  private boolean offerPatiently(Runnable what) {
    loop.ring();
    try {
      while (!isStuck(PATIENCE_NANOS) && !loop.isStopping()) {
        if (news.offer(what, 10, TimeUnit.MILLISECONDS)) {
          return true;
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return false;
  }

  private boolean isStuck(long patienceNanos) {
    long begun = begunNanos;
    return begun != 0 && System.nanoTime() - begun > patienceNanos;
  }

  /** One of several things that are told together was told: called by what is told. */
  void goesOn() {
    begin();
  }

  private void begin() {
    long now = System.nanoTime();
    begunNanos = now == 0 ? 1 : now;
  }

  private void drop() {
    if (dropped.getAndIncrement() == 0) {
      log.warn(
          "Dropping events: a listener has not returned for more than a second, and {} further "
              + "events are waiting [CAIRN-522]",
          CAPACITY);
    }
  }

  private Duration turn() {
    for (Runnable next = news.poll(); next != null; next = news.poll()) {
      begin();
      try {
        next.run();
      } catch (Throwable e) {
        log.warn("Could not publish an event [CAIRN-523]", e);
      } finally {
        begunNanos = 0;
        boolean ignored = Thread.interrupted();
      }
      reportDropped();
    }
    return Loop.UNTIL_RUNG;
  }

  private void reportDropped() {
    long lost = dropped.getAndSet(0);
    if (lost > 0) {
      log.warn("{} events were dropped while a listener did not return [CAIRN-522]", lost);
    }
  }
}
