/**
 * All queries and commands that Cairn sends to the database, as interfaces and records in the
 * language of jobs. Knows nothing of JDBC statements; the rooms beside it know nothing of SQL.
 */
package dev.cairn.internal.store;
