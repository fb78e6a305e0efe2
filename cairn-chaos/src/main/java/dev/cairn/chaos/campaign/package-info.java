/** {@code ./cairn chaos}: a fleet, a load, attacks on both, and the verdict. */
@NullMarked
package dev.cairn.chaos.campaign;

import org.jspecify.annotations.NullMarked;
