package dev.cairn.chaos.history;

/**
 * A change of a job's state, recorded by a trigger in the transaction that made it.
 *
 * @param jobId the job
 * @param from the state before
 * @param to the state after
 * @param client the client with the last claim; empty if there is none
 * @param millis the time, by the clock of the database; in a {@link History}, shifted to the clock
 *     of this machine
 */
public record Transition(long jobId, String from, String to, String client, long millis) {}
