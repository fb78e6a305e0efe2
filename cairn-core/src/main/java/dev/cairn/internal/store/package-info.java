/**
 * All queries and commands that Cairn sends to the database, as interfaces and records about jobs.
 * This room has no JDBC statements, and the rooms that use it have no SQL.
 */
package dev.cairn.internal.store;
