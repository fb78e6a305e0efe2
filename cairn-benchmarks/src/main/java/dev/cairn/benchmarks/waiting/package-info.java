/** {@code ./cairn bench waiting}: many jobs that wait at once in a JVM with a small heap. */
@NullMarked
package dev.cairn.benchmarks.waiting;

import org.jspecify.annotations.NullMarked;
