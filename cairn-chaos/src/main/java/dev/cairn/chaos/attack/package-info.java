/** The attacks on the fleet and its database, each with a name. */
@NullMarked
package dev.cairn.chaos.attack;

import org.jspecify.annotations.NullMarked;
