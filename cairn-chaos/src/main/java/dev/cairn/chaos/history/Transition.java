package dev.cairn.chaos.history;

/**
 * A change of a job's state, recorded by a trigger in the transaction that made it.
 *
 * @param jobId the job
 * @param from its state before
 * @param to its state after
 * @param client the client that had claimed it last; empty if nobody had
 * @param millis when, by the clock of the database
 */
public record Transition(long jobId, String from, String to, String client, long millis) {}
