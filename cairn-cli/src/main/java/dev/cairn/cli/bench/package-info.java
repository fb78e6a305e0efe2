/** The benchmark: how fast jobs are worked, next to plain SQL on the same tables. */
@NullMarked
package dev.cairn.cli.bench;

import org.jspecify.annotations.NullMarked;
