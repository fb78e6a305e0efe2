/**
 * How fast jobs are worked, next to plain SQL and to others on the same server. A command that
 * needs parts of its own has a room with its name.
 */
@NullMarked
package dev.cairn.benchmarks;

import org.jspecify.annotations.NullMarked;
