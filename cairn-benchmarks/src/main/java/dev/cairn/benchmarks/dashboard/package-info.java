/** {@code ./cairn bench dashboard}: what each read of the dashboard's API costs with many jobs. */
@NullMarked
package dev.cairn.benchmarks.dashboard;

import org.jspecify.annotations.NullMarked;
