package dev.cairn.chaos.history;

/**
 * A job in the database at the end of the run.
 *
 * @param id the id of the job
 * @param deed the arguments of the job
 * @param state the state of the job
 * @param attempt the number of its attempts
 * @param errors the number of its errors
 * @param lastError the last error, shortened; empty if there is none
 */
public record JobFact(
    long id, Deed deed, String state, int attempt, int errors, String lastError) {}
