package dev.cairn.event;

/**
 * Something that happened in the client that is listened to. What happens to jobs in other clients
 * is heard there. May get further types.
 */
public sealed interface Event permits FetchEvent, JobEvent, LeaderEvent, QueueEvent, StepEvent {
  /** What happened. */
  EventKind kind();
}
