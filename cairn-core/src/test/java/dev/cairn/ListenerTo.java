package dev.cairn;

import dev.cairn.event.Event;
import dev.cairn.event.EventKind;
import dev.cairn.event.EventListener;
import dev.cairn.event.FetchEvent;
import dev.cairn.event.LeaderEvent;
import java.util.Set;
import java.util.function.Consumer;

/** Hands events of some kinds to a test. */
public record ListenerTo(Set<EventKind> kinds, Consumer<Event> sink) implements EventListener {
  /** A listener to events of one kind. */
  public static ListenerTo kind(EventKind kind, Consumer<Event> sink) {
    return new ListenerTo(Set.of(kind), sink);
  }

  /** A listener to claims. */
  public static ListenerTo fetches(Consumer<FetchEvent> sink) {
    return kind(EventKind.JOBS_FETCHED, event -> sink.accept((FetchEvent) event));
  }

  /** A listener to the beginnings of terms as leader. */
  public static ListenerTo terms(Consumer<LeaderEvent> sink) {
    return kind(EventKind.LEADER_ELECTED, event -> sink.accept((LeaderEvent) event));
  }

  @Override
  public void on(Event event) {
    sink.accept(event);
  }
}
