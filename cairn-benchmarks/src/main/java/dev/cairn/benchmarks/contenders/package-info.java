/** The systems that work jobs that do nothing: Cairn, plain SQL as the yardstick, and peers. */
@NullMarked
package dev.cairn.benchmarks.contenders;

import org.jspecify.annotations.NullMarked;
