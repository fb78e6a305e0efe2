package dev.cairn.internal.client;

import dev.cairn.event.Event;
import dev.cairn.event.EventKind;
import dev.cairn.event.EventSubscription;
import dev.cairn.internal.options.Durations;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** The implementation of {@link EventSubscription}. */
public final class KeptEvents implements EventSubscription {
  private final Set<EventKind> kinds;

  private final BlockingQueue<Event> events;

  private final AtomicLong dropped = new AtomicLong();

  private volatile Runnable onClose = () -> {};

  public KeptEvents(int capacity, Set<EventKind> kinds) {
    this.kinds = Set.copyOf(kinds);
    this.events = new LinkedBlockingQueue<>(capacity);
  }

  @Override
  public Optional<Event> poll(Duration timeout) throws InterruptedException {
    long nanos = timeout.isNegative() ? 0 : Durations.atMost(Durations.FOREVER, timeout).toNanos();
    return Optional.ofNullable(events.poll(nanos, TimeUnit.NANOSECONDS));
  }

  @Override
  public long dropped() {
    return dropped.get();
  }

  @Override
  public void close() {
    onClose.run();
  }

  @Override
  public Set<EventKind> kinds() {
    return kinds;
  }

  @Override
  public void on(Event event) {
    if (!events.offer(event)) {
      dropped.incrementAndGet();
    }
  }

  public void whenClosed(Runnable action) {
    onClose = action;
  }
}
