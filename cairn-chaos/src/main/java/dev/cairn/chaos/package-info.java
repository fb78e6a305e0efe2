/** Attacks on Cairn, and the judge of what comes of them. Never published. */
@NullMarked
package dev.cairn.chaos;

import org.jspecify.annotations.NullMarked;
