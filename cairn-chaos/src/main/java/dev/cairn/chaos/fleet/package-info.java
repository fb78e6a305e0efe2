/** Worker processes, the database that they share, and what they note of their jobs. */
@NullMarked
package dev.cairn.chaos.fleet;

import org.jspecify.annotations.NullMarked;
