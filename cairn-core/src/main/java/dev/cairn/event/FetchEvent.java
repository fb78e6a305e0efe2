package dev.cairn.event;

import java.time.Duration;

/**
 * One claim of jobs from a queue ({@link EventKind#JOBS_FETCHED}). May get further components.
 *
 * @param queue the name of the queue
 * @param wanted the number of free slots
 * @param claimed the number of claimed jobs
 * @param duration how long the statement took
 */
public record FetchEvent(String queue, int wanted, int claimed, Duration duration)
    implements Event {
  @Override
  public EventKind kind() {
    return EventKind.JOBS_FETCHED;
  }
}
