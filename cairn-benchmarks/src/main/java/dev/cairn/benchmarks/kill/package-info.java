/** {@code ./cairn bench kill}: what the death of a worker process costs its jobs. */
@NullMarked
package dev.cairn.benchmarks.kill;

import org.jspecify.annotations.NullMarked;
