/** Figures of several rounds, and the tables that show them; knows nothing of jobs. */
@NullMarked
package dev.cairn.benchmarks.figures;

import org.jspecify.annotations.NullMarked;
