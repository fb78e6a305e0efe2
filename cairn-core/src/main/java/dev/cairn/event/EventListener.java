package dev.cairn.event;

import java.util.Set;

/**
 * Is told of events where they happen: of a {@link dev.cairn.event.StepEvent} on the thread of the
 * job. Unlike a subscription it misses none, and everything waits for it. Thread-safe.
 */
public interface EventListener {
  /**
   * What it wants to hear of; asked for once. Telling of jobs ({@link dev.cairn.event.JobEvent})
   * costs a query for each batch of them, telling of steps next to nothing.
   */
  Set<EventKind> kinds();

  /** Takes note of an event. Must return at once; what it throws is logged. */
  void on(Event event);
}
