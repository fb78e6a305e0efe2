/**
 * {@code ./cairn bench continuous} and {@code snapshot}: while others insert, and while dead rows
 * stay.
 */
@NullMarked
package dev.cairn.benchmarks.steady;

import org.jspecify.annotations.NullMarked;
