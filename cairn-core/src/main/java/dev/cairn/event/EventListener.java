package dev.cairn.event;

import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Is called for events. Most events of steps call it on the thread of the job, which waits for it.
 * {@link EventKind#LEADER_ELECTED} calls it on a thread of the leader, and all other events on one
 * thread of the client, so that it delays no checkpoint. While 10,000 events wait for it, outcomes
 * and claims wait too; if a call has not returned for a second by then, further events are dropped
 * and counted. The maintenance does not wait: its events are dropped while the queue is full. There
 * is no {@link JobEvent} for a job that was deleted as soon as it had ended. Thread-safe.
 */
public interface EventListener {
  /**
   * A listener to one kind of events.
   *
   * @param action handles an event, under the rules of {@link #on}
   */
  static EventListener of(EventKind kind, Consumer<? super Event> action) {
    Objects.requireNonNull(action, "action");
    Set<EventKind> kinds = Set.of(kind);
    return new EventListener() {
      @Override
      public Set<EventKind> kinds() {
        return kinds;
      }

      @Override
      public void on(Event event) {
        action.accept(event);
      }
    };
  }

  /**
   * A listener to one kind of events of jobs, such as {@link EventKind#JOB_DISCARDED}:
   *
   * <pre>{@code
   * builder.listener(EventListener.ofJobs(EventKind.JOB_DISCARDED, event -> alert(event.job())));
   * }</pre>
   *
   * @param action handles an event, under the rules of {@link #on}
   * @throws IllegalArgumentException if events of this kind are no {@link JobEvent}s
   */
  static EventListener ofJobs(EventKind kind, Consumer<? super JobEvent> action) {
    if (!kind.isOfJobs() || kind == EventKind.QUEUE_PAUSED || kind == EventKind.QUEUE_RESUMED) {
      throw new IllegalArgumentException(
          "%s is no kind of JobEvent: use EventListener.of".formatted(kind));
    }
    Objects.requireNonNull(action, "action");
    return of(
        kind,
        event -> {
          if (event instanceof JobEvent ofJob) {
            action.accept(ofJob);
          }
        });
  }

  /**
   * The kinds of events to receive. Called once, when the listener is added. Events of jobs ({@link
   * dev.cairn.event.JobEvent}) cost a query for each batch of jobs. Events of steps cost almost
   * nothing.
   */
  Set<EventKind> kinds();

  /** Handles an event. Must return quickly, because the caller waits. Exceptions are logged. */
  void on(Event event);
}
