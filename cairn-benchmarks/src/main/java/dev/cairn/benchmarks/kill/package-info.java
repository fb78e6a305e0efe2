/** {@code ./cairn bench kill}: what jobs lose if their worker process is killed. */
@NullMarked
package dev.cairn.benchmarks.kill;

import org.jspecify.annotations.NullMarked;
