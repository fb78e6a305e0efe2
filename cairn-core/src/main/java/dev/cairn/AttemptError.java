package dev.cairn;

import java.time.Instant;

/**
 * One entry of a job's list of errors. May get further components.
 *
 * @param at when the attempt started
 * @param attempt the number of the attempt
 * @param error what went wrong
 * @param trace a stack trace, or empty
 */
public record AttemptError(Instant at, int attempt, String error, String trace) {}
