/** What is done to the fleet and its database, each attack under a name of its own. */
@NullMarked
package dev.cairn.chaos.attack;

import org.jspecify.annotations.NullMarked;
