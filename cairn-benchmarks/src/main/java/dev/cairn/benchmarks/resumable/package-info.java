/** {@code ./cairn bench resumable}: the cost of steps and cursors. */
@NullMarked
package dev.cairn.benchmarks.resumable;

import org.jspecify.annotations.NullMarked;
