/** {@code ./cairn bench fairness}: what jobs suffer from others of the same client. */
@NullMarked
package dev.cairn.benchmarks.fairness;

import org.jspecify.annotations.NullMarked;
