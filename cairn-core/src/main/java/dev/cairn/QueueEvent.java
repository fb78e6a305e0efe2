package dev.cairn;

/**
 * A queue was paused or resumed.
 *
 * @param queue its name, or {@code *} for all
 */
public record QueueEvent(EventKind kind, String queue) implements Event {}
