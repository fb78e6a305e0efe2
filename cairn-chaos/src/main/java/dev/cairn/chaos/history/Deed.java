package dev.cairn.chaos.history;

import dev.cairn.JobKind;

/**
 * The only kind of job in the fleet. It writes only into the tables of the run's own schema.
 *
 * @param rung the way in which the job keeps its progress
 * @param key identifies the job; each insertion has its own
 */
@JobKind("chaos")
public record Deed(Rung rung, String key) {}
