/**
 * Measures how fast jobs are worked, next to plain SQL and other libraries on the same server. A
 * command that needs classes of its own has a package with its name.
 */
@NullMarked
package dev.cairn.benchmarks;

import org.jspecify.annotations.NullMarked;
