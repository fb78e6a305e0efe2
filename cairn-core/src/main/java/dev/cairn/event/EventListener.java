package dev.cairn.event;

import java.util.Set;

/**
 * Is called for events when they happen: for a {@link dev.cairn.event.StepEvent} on the thread of
 * the job. Everything waits for it. Unlike a subscription, a listener misses no event, except for
 * those that are dropped and counted while 10,000 of them wait. Thread-safe.
 */
public interface EventListener {
  /**
   * The kinds of events to receive. Called once, when the listener is added. Events of jobs ({@link
   * dev.cairn.event.JobEvent}) cost a query for each batch of jobs. Events of steps cost almost
   * nothing.
   */
  Set<EventKind> kinds();

  /** Handles an event. Must return quickly, because the caller waits. Exceptions are logged. */
  void on(Event event);
}
