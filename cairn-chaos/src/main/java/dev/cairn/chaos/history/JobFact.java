package dev.cairn.chaos.history;

/**
 * A job as the database has it in the end.
 *
 * @param id its id
 * @param deed what it does
 * @param state its state
 * @param attempt its number of attempts
 * @param errors how many errors it has recorded
 * @param lastError the last of them, shortened; empty if there is none
 */
public record JobFact(
    long id, Deed deed, String state, int attempt, int errors, String lastError) {}
