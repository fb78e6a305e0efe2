package dev.cairn.chaos.history;

/**
 * The answer to an insertion.
 *
 * @param jobId the job's id
 * @param millis the time of the answer, by the clock of this machine
 */
public record Confirmation(long jobId, long millis) {}
