/** The command line: one class a command, and what commands share. Uses the public API only. */
@NullMarked
package dev.cairn.cli;

import org.jspecify.annotations.NullMarked;
