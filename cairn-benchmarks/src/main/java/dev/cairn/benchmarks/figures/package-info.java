/** Figures of several rounds, and tables for them. Nothing here knows jobs. */
@NullMarked
package dev.cairn.benchmarks.figures;

import org.jspecify.annotations.NullMarked;
