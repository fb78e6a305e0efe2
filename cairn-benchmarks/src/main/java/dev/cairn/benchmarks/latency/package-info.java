/** {@code ./cairn bench latency}: from the insertion of a job to its work and its outcome. */
@NullMarked
package dev.cairn.benchmarks.latency;

import org.jspecify.annotations.NullMarked;
