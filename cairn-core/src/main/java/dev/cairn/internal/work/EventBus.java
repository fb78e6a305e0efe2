package dev.cairn.internal.work;

import dev.cairn.Event;
import dev.cairn.EventKind;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Hands events to those who listen. Costs nothing while nobody does. Thread-safe. */
public final class EventBus {
  private static final Logger log = LoggerFactory.getLogger(EventBus.class);

  private final List<Listener> listeners = new CopyOnWriteArrayList<>();
  private volatile Set<EventKind> heard = Set.of();

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

  /** Whether anybody wants to know how jobs end. */
  boolean isOutcomeHeard() {
    return heard.stream().anyMatch(kind -> !kind.isOfSteps());
  }

  private static void tell(Listener listener, Event event) {
    try {
      listener.sink().accept(event);
    } catch (RuntimeException e) {
      log.warn("A listener has failed on {}", event, e);
    }
  }

  void publish(Event event) {
    for (Listener listener : listeners) {
      if (listener.kinds().contains(event.kind())) {
        tell(listener, event);
      }
    }
  }
}
