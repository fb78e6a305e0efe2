/** {@code ./cairn bench resumable}: what steps and cursors cost. */
@NullMarked
package dev.cairn.benchmarks.resumable;

import org.jspecify.annotations.NullMarked;
