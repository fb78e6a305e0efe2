/**
 * Functions for Kotlin that call Cairn's public API: shorter, with the type as a type argument and
 * null where a value may be missing. They add no behavior of their own. Its tests hold what types
 * of Kotlin become in the database.
 */
@NullMarked
package dev.cairn.kotlin;

import org.jspecify.annotations.NullMarked;
