package dev.cairn.internal.work;

import dev.cairn.Event;
import dev.cairn.EventKind;
import dev.cairn.internal.foreign.ForeignCode;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/** Hands events to those who listen. Costs nothing while nobody does. Thread-safe. */
public final class EventBus {
  private final List<Listener> listeners = new CopyOnWriteArrayList<>();
  private volatile Set<EventKind> heard = Set.of();

  private record Listener(Object owner, Set<EventKind> kinds, Consumer<Event> sink) {}

  /**
   * Begins to hand on events.
   *
   * @param owner whose code the sink is, for the log
   * @return ends it
   */
  public Runnable add(Object owner, Set<EventKind> kinds, Consumer<Event> sink) {
    var listener = new Listener(owner, Set.copyOf(kinds), sink);
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

  /**
   * Tells on the calling thread: the job's own, or that of the {@link Teller}. Never throws, but
   * returns only when the listeners do.
   */
  void publish(Event event) {
    for (Listener listener : listeners) {
      if (listener.kinds().contains(event.kind())) {
        ForeignCode.run(
            listener.owner(),
            "when told of an event of kind " + event.kind(),
            () -> listener.sink().accept(event));
      }
    }
  }
}
