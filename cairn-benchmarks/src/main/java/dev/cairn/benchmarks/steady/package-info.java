/**
 * {@code ./cairn bench continuous} and {@code snapshot}: jobs are worked while others are inserted,
 * and while dead rows cannot be removed.
 */
@NullMarked
package dev.cairn.benchmarks.steady;

import org.jspecify.annotations.NullMarked;
