package dev.cairn.internal.work;

import dev.cairn.event.Event;
import dev.cairn.event.EventKind;
import dev.cairn.event.EventListener;
import dev.cairn.internal.foreign.ForeignCode;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;

/** Hands events to those who listen. Costs nothing while nobody does. Thread-safe. */
public final class EventBus {
  private final List<Listener> listeners = new CopyOnWriteArrayList<>();
  private volatile Set<EventKind> heard = Set.of();

  /** A listener, with what it wanted to hear when it was asked. */
  private record Listener(EventListener told, Set<EventKind> kinds) {}

  /**
   * Begins to hand on events.
   *
   * @return ends it
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

  /** Whether anybody wants to know how jobs end. */
  boolean isOutcomeHeard() {
    return heard.stream().anyMatch(EventKind::isOfJobs);
  }

  /**
   * Tells on the calling thread: the job's own, the leader's, or that of the {@link Teller}. Never
   * throws, but returns only when the listeners do.
   */
  public void publish(Event event) {
    for (Listener listener : listeners) {
      if (listener.kinds().contains(event.kind())) {
        ForeignCode.run(
            listener.told(),
            "when told of an event of kind " + event.kind(),
            () -> listener.told().on(event));
      }
    }
  }
}
