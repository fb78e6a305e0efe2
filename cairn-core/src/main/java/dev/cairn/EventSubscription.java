package dev.cairn;

import dev.cairn.spi.EventListener;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A listener that keeps what it is told until somebody takes it, in the order in which it happened.
 * Holds a limited number; what comes while it is full is dropped and counted, because whoever takes
 * events slowly must not slow down the jobs. Thread-safe.
 */
public final class EventSubscription implements EventListener, AutoCloseable {
  private final Set<EventKind> kinds;
  private final BlockingQueue<Event> events;
  private final AtomicLong dropped = new AtomicLong();
  private volatile Runnable onClose = () -> {};

  EventSubscription(int capacity, Set<EventKind> kinds) {
    this.kinds = Set.copyOf(kinds);
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

  @Override
  public Set<EventKind> kinds() {
    return kinds;
  }

  /** Keeps an event, if there is room. */
  @Override
  public void on(Event event) {
    if (!events.offer(event)) {
      dropped.incrementAndGet();
    }
  }

  void whenClosed(Runnable action) {
    onClose = action;
  }
}
