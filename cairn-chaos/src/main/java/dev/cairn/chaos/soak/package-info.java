/** {@code ./cairn chaos soak}: whether anything grows while a fleet is under attack. */
@NullMarked
package dev.cairn.chaos.soak;

import org.jspecify.annotations.NullMarked;
