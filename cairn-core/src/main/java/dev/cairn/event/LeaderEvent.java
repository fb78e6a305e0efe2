package dev.cairn.event;

import dev.cairn.schedule.PeriodicJobs;

/**
 * The client has become leader ({@link EventKind#LEADER_ELECTED}). Published before it inserts
 * periodic jobs, so a listener can add and remove some. May get further components.
 *
 * @param clientId the client
 * @param periodicJobs the periodic jobs of the client
 */
public record LeaderEvent(String clientId, PeriodicJobs periodicJobs) implements Event {
  @Override
  public EventKind kind() {
    return EventKind.LEADER_ELECTED;
  }
}
