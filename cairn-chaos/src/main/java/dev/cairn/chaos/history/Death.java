package dev.cairn.chaos.history;

/**
 * A client that ended without signing off, or stood still for longer than its heartbeat timeout.
 *
 * @param client the client
 * @param millis its last moment, by the clock of this machine
 */
public record Death(String client, long millis) {}
