/**
 * The facts about a run of the fleet: the notes of workers, the content of the database, and the
 * attacks on both. {@code verdict} judges them.
 */
@NullMarked
package dev.cairn.chaos.history;

import org.jspecify.annotations.NullMarked;
