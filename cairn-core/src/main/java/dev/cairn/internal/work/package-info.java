/**
 * The hot path: fetch, execute, complete, and the loops that watch over running attempts. Uses the
 * database only through {@code internal.store}.
 */
package dev.cairn.internal.work;
