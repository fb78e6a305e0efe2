/** Small programs, one a topic. Each is run by a test, with its output compared. */
@NullMarked
package dev.cairn.examples;

import org.jspecify.annotations.NullMarked;
