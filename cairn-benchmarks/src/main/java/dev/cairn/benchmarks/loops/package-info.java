/** {@code ./cairn bench loops}: resumable loops over sources beside loops written by hand. */
@NullMarked
package dev.cairn.benchmarks.loops;

import org.jspecify.annotations.NullMarked;
