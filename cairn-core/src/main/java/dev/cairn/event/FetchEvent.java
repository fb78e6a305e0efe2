package dev.cairn.event;

import java.time.Duration;

/**
 * One claim of jobs from a queue ({@link EventKind#JOBS_FETCHED}). May get further components.
 *
 * @param wanted how many jobs there was room for
 * @param claimed how many there were
 * @param duration how long the statement took
 */
public record FetchEvent(String queue, int wanted, int claimed, Duration duration)
    implements Event {
  @Override
  public EventKind kind() {
    return EventKind.JOBS_FETCHED;
  }
}
