package dev.cairn.internal.work;

import dev.cairn.event.Event;
import dev.cairn.event.EventKind;
import dev.cairn.event.EventListener;
import dev.cairn.internal.foreign.ForeignCode;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;

/** Passes events to the listeners. Costs nothing while there are none. Thread-safe. */
public final class EventBus {
  private final List<Listener> listeners = new CopyOnWriteArrayList<>();
  private volatile Set<EventKind> heard = Set.of();

  /** A listener, with the kinds of events that it asked for when it was added. */
  private record Listener(EventListener told, Set<EventKind> kinds) {}

  /**
   * Adds a listener.
   *
   * @return an action that removes the listener
   */
  public Runnable add(EventListener told) {
    var listener = new Listener(told, Set.copyOf(told.kinds()));
    listeners.add(listener);
    lookWhoListens();
    return () -> {
      listeners.remove(listener);
      lookWhoListens();
    };
  }

  private synchronized void lookWhoListens() {
    Set<EventKind> kinds = EnumSet.noneOf(EventKind.class);
    listeners.forEach(listener -> kinds.addAll(listener.kinds()));
    heard = kinds;
  }

  boolean isHeard(EventKind kind) {
    return heard.contains(kind);
  }

  /** Whether a listener receives events about jobs. */
  boolean isOutcomeHeard() {
    return heard.stream().anyMatch(EventKind::isOfJobs);
  }

  /**
   * Calls the listeners on the calling thread: the job's own, the leader's, or that of the {@link
   * EventDispatcher}. Never throws. Returns when all listeners have returned.
   */
  public void publish(Event event) {
    for (Listener listener : listeners) {
      if (listener.kinds().contains(event.kind())) {
        ForeignCode.run(
            listener.told(),
            "when called with an event of kind " + event.kind(),
            () -> listener.told().on(event));
      }
    }
  }
}
