/**
 * {@code ./cairn bench upkeep}: statements that change very many jobs, and insertions beside them.
 */
@NullMarked
package dev.cairn.benchmarks.upkeep;

import org.jspecify.annotations.NullMarked;
