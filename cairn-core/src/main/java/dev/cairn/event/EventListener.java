package dev.cairn.event;

import java.util.Set;

/**
 * Is called for events. Most events of steps call it on the thread of the job, which waits for it.
 * {@link EventKind#LEADER_ELECTED} calls it on a thread of the leader, and all other events on one
 * thread of the client, so that it delays no outcome, no checkpoint and no claim. While 10,000
 * events wait for it, further ones are dropped and counted. There is no {@link JobEvent} for a job
 * that was deleted as soon as it had ended. Thread-safe.
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
