/**
 * Functions for Kotlin that call Cairn's public API: shorter, with the type as a type argument, and
 * with null for a missing value. They add no behavior of their own. The tests also check how values
 * of Kotlin's types are stored.
 */
@NullMarked
package dev.cairn.kotlin;

import org.jspecify.annotations.NullMarked;
