/** {@code ./cairn bench backlog}: in a table that is full of other rows. */
@NullMarked
package dev.cairn.benchmarks.backlog;

import org.jspecify.annotations.NullMarked;
