/** {@code ./cairn bench fairness}: the delay of jobs by other jobs of the same client. */
@NullMarked
package dev.cairn.benchmarks.fairness;

import org.jspecify.annotations.NullMarked;
