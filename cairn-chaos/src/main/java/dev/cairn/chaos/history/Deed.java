package dev.cairn.chaos.history;

import dev.cairn.JobKind;

/**
 * The only kind of job in the fleet. It is harmless: it writes into the tables of its own schema.
 *
 * @param rung how it keeps its progress
 * @param key tells jobs apart; no two insertions share one
 */
@JobKind("chaos")
public record Deed(Rung rung, String key) {}
