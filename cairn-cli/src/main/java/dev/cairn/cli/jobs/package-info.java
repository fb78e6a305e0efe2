/** {@code ./cairn jobs}: to look at jobs, watch one run, and act on it. */
@NullMarked
package dev.cairn.cli.jobs;

import org.jspecify.annotations.NullMarked;
