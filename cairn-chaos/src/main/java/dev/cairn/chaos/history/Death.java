package dev.cairn.chaos.history;

/**
 * A client that ended without a goodbye, or stood still for longer than its heartbeat timeout.
 *
 * @param client the client
 * @param millis its last moment, by the clock of this machine
 */
public record Death(String client, long millis) {}
