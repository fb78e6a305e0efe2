/**
 * What the programs of {@code ./cairn bench} and {@code ./cairn chaos} have in common: their
 * command line. No command belongs here, and nothing that knows jobs.
 */
@NullMarked
package dev.cairn.program;

import org.jspecify.annotations.NullMarked;
