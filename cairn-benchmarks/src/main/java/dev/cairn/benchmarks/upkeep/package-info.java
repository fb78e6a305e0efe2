/**
 * {@code ./cairn bench upkeep}: statements that change very many jobs, with insertions meanwhile.
 */
@NullMarked
package dev.cairn.benchmarks.upkeep;

import org.jspecify.annotations.NullMarked;
