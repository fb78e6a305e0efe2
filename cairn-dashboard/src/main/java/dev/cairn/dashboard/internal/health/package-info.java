/** The checks of {@code dev.cairn.doctor}, on demand. */
@org.jspecify.annotations.NullMarked
package dev.cairn.dashboard.internal.health;
