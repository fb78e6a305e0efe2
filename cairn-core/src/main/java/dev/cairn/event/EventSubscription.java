package dev.cairn.event;

import java.time.Duration;
import java.util.Optional;
import java.util.Set;

/**
 * A listener that keeps what it is told until somebody takes it, in the order in which it happened.
 * Holds a limited number; what comes while it is full is dropped and counted, because whoever takes
 * events slowly must not slow down the jobs. Thread-safe.
 */
public interface EventSubscription extends EventListener, AutoCloseable {
  /**
   * The next event; empty if none happens within the timeout. A negative timeout is over at once.
   *
   * @throws InterruptedException if the waiting thread is interrupted
   */
  Optional<Event> poll(Duration timeout) throws InterruptedException;

  /** How many events found no room so far. */
  long dropped();

  /** Receives no more; what it holds can still be taken. */
  @Override
  void close();

  @Override
  Set<EventKind> kinds();

  /** Keeps an event, if there is room. */
  @Override
  void on(Event event);
}
