/** {@code ./cairn bench processes}: clients in processes of their own. */
@NullMarked
package dev.cairn.benchmarks.processes;

import org.jspecify.annotations.NullMarked;
