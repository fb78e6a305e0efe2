package dev.cairn.internal.work;

import dev.cairn.internal.concurrent.Loop;
import dev.cairn.internal.concurrent.Nanos;
import dev.cairn.internal.foreign.Log;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Calls the listeners on a thread of its own, so that a slow or hanging listener delays no outcome,
 * checkpoint or claim. Events wait in a bounded queue. While the listeners make progress, a thread
 * that finds the queue full waits. Once a listener has not returned for a second, events that find
 * the queue full are dropped and counted. Thread-safe.
 *
 * <p>A stop has two parts. After {@link #hurry}, nobody waits for the listeners any longer, and
 * events of what ends last are still delivered. {@link #stop} comes when nothing is left that could
 * have an event.
 */
final class EventDispatcher {
  private static final Log log = Log.of(EventDispatcher.class);
  private static final int CAPACITY = 10_000;
  private static final long PATIENCE_NANOS = Duration.ofSeconds(1).toNanos();

  /** Longer than usual, because the last events may have to be read from the database first. */
  private static final long LAST_PATIENCE_NANOS = Duration.ofSeconds(3).toNanos();

  private static final Duration LOOK = Duration.ofMillis(50);

  private final BlockingQueue<Runnable> waiting = new ArrayBlockingQueue<>(CAPACITY);
  private final Loop loop = new Loop("cairn-events", this::turn, this::last);
  private final AtomicLong dropped = new AtomicLong();
  private final AtomicBoolean missed = new AtomicBoolean();
  private volatile boolean hurried;

  /** Whether the loop takes no event from the queue any longer. */
  private volatile boolean ended;

  /**
   * When the current call of a listener began, in {@link System#nanoTime()}; zero if there is none.
   */
  private volatile long begunNanos;

  void start() {
    loop.start();
  }

  /** From now on, an event that finds the queue full is dropped. */
  void hurry() {
    hurried = true;
  }

  /** Delivers the events in the queue, and none after them. */
  void stop() {
    hurried = true;
    loop.stop();
  }

  /** Whether the client stops, so that nobody may wait. */
  boolean isStopping() {
    return hurried;
  }

  /** Waits until all events are delivered, as long as the listeners make progress. */
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

  /** Queues an event. Never throws. */
  void dispatch(Runnable event) {
    if (!waiting.offer(event) && !offerPatiently(event)) {
      drop();
    }
    offered(event);
  }

  /** Queues an event, or drops it if the queue is full. Never waits and never throws. */
  void dispatchAtOnce(Runnable event) {
    if (!waiting.offer(event)) {
      drop();
    }
    offered(event);
  }

  private void offered(Runnable event) {
    loop.ring();
    if (ended && waiting.remove(event) && !missed.getAndSet(true)) {
      log.warn(
          "Dropping events: they come after the client has stopped calling its listeners"
              + " [CAIRN-522]");
    }
  }

  private boolean offerPatiently(Runnable event) {
    loop.ring();
    try {
      while (!isStuck(PATIENCE_NANOS) && !hurried) {
        if (waiting.offer(event, 10, TimeUnit.MILLISECONDS)) {
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

  /** Notes progress within one delivery of several events. Called by that delivery. */
  void noteProgress() {
    begin();
  }

  private void begin() {
    long now = System.nanoTime();
    begunNanos = now == 0 ? 1 : now;
  }

  private void drop() {
    if (dropped.getAndIncrement() == 0) {
      log.warn(
          "Dropping events: {} others wait for a listener that is slow or has not returned"
              + " [CAIRN-522]",
          CAPACITY);
    }
  }

  private Duration turn() {
    for (Runnable next = waiting.poll(); next != null; next = waiting.poll()) {
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

  private void last() {
    turn();
    ended = true;
    // What was queued meanwhile. Whoever queues an event from now on takes it out again.
    turn();
  }

  private void reportDropped() {
    long lost = dropped.getAndSet(0);
    if (lost > 0) {
      log.warn(
          "{} events were dropped while listeners were slow or did not return [CAIRN-522]", lost);
    }
  }
}
