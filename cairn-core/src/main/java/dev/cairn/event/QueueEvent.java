package dev.cairn.event;

/**
 * A queue was paused or resumed. May get further components.
 *
 * @param queue its name, or {@code *} for all
 */
public record QueueEvent(EventKind kind, String queue) implements Event {}
