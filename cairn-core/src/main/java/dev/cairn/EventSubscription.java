package dev.cairn;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Events, in the order in which they happened. Holds a limited number; what comes while it is full
 * is dropped and counted, because a listener that is slow must not slow down the jobs. Thread-safe.
 */
public final class EventSubscription implements AutoCloseable {
  private final BlockingQueue<Event> events;
  private final AtomicLong dropped = new AtomicLong();
  private volatile Runnable onClose = () -> {};

  EventSubscription(int capacity) {
    this.events = new LinkedBlockingQueue<>(capacity);
  }

  /**
   * The next event; empty if none happens within the timeout. A negative timeout is over at once.
   *
   * @throws InterruptedException if the waiting thread is interrupted
   */
  public Optional<Event> poll(Duration timeout) throws InterruptedException {
    long nanos = timeout.isNegative() ? 0 : Durations.atMost(Durations.FOREVER, timeout).toNanos();
    return Optional.ofNullable(events.poll(nanos, TimeUnit.NANOSECONDS));
  }

  /** How many events found no room so far. */
  public long dropped() {
    return dropped.get();
  }

  /** Receives no more; what it holds can still be taken. */
  @Override
  public void close() {
    onClose.run();
  }

  void offer(Event event) {
    if (!events.offer(event)) {
      dropped.incrementAndGet();
    }
  }

  void whenClosed(Runnable action) {
    onClose = action;
  }
}
