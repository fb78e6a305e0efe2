package dev.cairn.event;

/**
 * Something that happened in this client. Other clients publish their own events. May get further
 * types.
 */
public sealed interface Event permits FetchEvent, JobEvent, LeaderEvent, QueueEvent, StepEvent {
  /** What happened. */
  EventKind kind();
}
