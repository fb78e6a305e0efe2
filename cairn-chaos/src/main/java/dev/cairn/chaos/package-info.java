/** Attacks on Cairn, and the checks afterwards. Never published. */
@NullMarked
package dev.cairn.chaos;

import org.jspecify.annotations.NullMarked;
