package dev.cairn.event;

import dev.cairn.schedule.PeriodicJobs;

/**
 * The client has become leader ({@link EventKind#LEADER_ELECTED}). Told before it inserts periodic
 * jobs: a place to add and remove some. May get further components.
 *
 * @param clientId the client
 * @param periodicJobs those of the client
 */
public record LeaderEvent(String clientId, PeriodicJobs periodicJobs) implements Event {
  @Override
  public EventKind kind() {
    return EventKind.LEADER_ELECTED;
  }
}
