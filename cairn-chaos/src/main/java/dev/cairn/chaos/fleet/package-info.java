/** Worker processes, the database that they share, and their notes about jobs. */
@NullMarked
package dev.cairn.chaos.fleet;

import org.jspecify.annotations.NullMarked;
