/** {@code ./cairn bench dashboard}: the cost of each read of the dashboard's API with many jobs. */
@NullMarked
package dev.cairn.benchmarks.dashboard;

import org.jspecify.annotations.NullMarked;
