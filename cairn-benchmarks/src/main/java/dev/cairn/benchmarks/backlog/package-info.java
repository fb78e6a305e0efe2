/** {@code ./cairn bench backlog}: jobs in a table with many other rows. */
@NullMarked
package dev.cairn.benchmarks.backlog;

import org.jspecify.annotations.NullMarked;
