/** The demo: a resumable job over real files, whose workers are killed while it runs. */
@NullMarked
package dev.cairn.cli.demo;

import org.jspecify.annotations.NullMarked;
