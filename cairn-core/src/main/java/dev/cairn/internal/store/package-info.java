/**
 * All queries and commands that Cairn sends to the database, as interfaces and records about jobs.
 * It does not know JDBC statements. The rooms beside it do not know SQL.
 */
package dev.cairn.internal.store;
