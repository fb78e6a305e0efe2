package dev.cairn.event;

import java.time.Duration;
import java.util.Optional;
import java.util.Set;

/**
 * A listener that keeps events, in their order, until the application takes them. It holds a
 * limited number. When it is full, further events are dropped and counted, because a slow consumer
 * must not slow down the jobs. Thread-safe.
 */
public interface EventSubscription extends EventListener, AutoCloseable {
  /**
   * The next event; empty if none arrives within the timeout. A negative timeout means no waiting.
   *
   * @throws InterruptedException if the waiting thread is interrupted
   */
  Optional<Event> poll(Duration timeout) throws InterruptedException;

  /** How many events were dropped so far. */
  long dropped();

  /** Receives no more events. The events that it holds can still be taken. */
  @Override
  void close();

  @Override
  Set<EventKind> kinds();

  /** Keeps an event, if there is room. */
  @Override
  void on(Event event);
}
