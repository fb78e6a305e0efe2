/**
 * The hot path: fetch, execute, complete, and what watches over running attempts. Sees the database
 * only through {@code internal.store}.
 */
package dev.cairn.internal.work;
