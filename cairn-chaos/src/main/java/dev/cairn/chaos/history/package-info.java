/**
 * What happened in a run of the fleet: what workers noted, what the database says, and what was
 * done to both. Facts only; {@code verdict} judges them.
 */
@NullMarked
package dev.cairn.chaos.history;

import org.jspecify.annotations.NullMarked;
