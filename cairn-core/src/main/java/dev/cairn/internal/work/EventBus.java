package dev.cairn.internal.work;

import dev.cairn.Event;
import dev.cairn.EventKind;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/** Hands events to those who listen. Costs nothing while nobody does. Thread-safe. */
public final class EventBus {
  private final List<Listener> listeners = new CopyOnWriteArrayList<>();

  private record Listener(Set<EventKind> kinds, Consumer<Event> sink) {}

  /**
   * Begins to hand on events.
   *
   * @param sink must return at once
   * @return ends it
   */
  public Runnable add(Set<EventKind> kinds, Consumer<Event> sink) {
    var listener = new Listener(Set.copyOf(kinds), sink);
    listeners.add(listener);
    return () -> listeners.remove(listener);
  }

  boolean isHeard() {
    return !listeners.isEmpty();
  }

  void publish(Event event) {
    for (Listener listener : listeners) {
      if (listener.kinds().contains(event.kind())) {
        listener.sink().accept(event);
      }
    }
  }
}
