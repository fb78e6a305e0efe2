/**
 * All queries and commands that Cairn sends to the database, as interfaces and records about jobs.
 * This package has no JDBC statements, and the packages that use it have no SQL.
 */
package dev.cairn.internal.store;
