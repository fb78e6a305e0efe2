package dev.cairn.spi;

import dev.cairn.ContextKey;
import dev.cairn.WorkContext;
import dev.cairn.event.Event;
import dev.cairn.event.EventKind;

/**
 * What {@link Middleware} may do with an attempt, beyond what its worker may: each middleware is
 * given one. Resumable steps are built on it, and whatever else keeps state for a job. Valid until
 * the attempt ends. Thread-safe.
 */
public interface MiddlewareContext extends WorkContext {
  /**
   * Keeps an attribute for the rest of the attempt, replacing an earlier one. The worker finds it
   * by {@link WorkContext#find}.
   */
  <T> void put(ContextKey<T> key, T value);

  /** Whether anybody listens to events of this kind: one that nobody hears need not be made. */
  default boolean isHeard(EventKind kind) {
    return false;
  }

  /** Tells those who listen to the events of this client. */
  default void publish(Event event) {}

  /** The durable state that this job keeps beside its row. */
  Checkpoints checkpoints();

  /** Items that this job puts aside. */
  Quarantine quarantine();

  /** How this job waits without a slot. */
  Waits waits();
}
