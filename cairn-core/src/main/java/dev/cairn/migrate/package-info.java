/**
 * Migrations: River's own line of tables and Cairn's line beside it, and which of River's indexes
 * there are. {@link dev.cairn.migrate.Migrator} is the entry point. Nothing here creates or works
 * jobs.
 */
package dev.cairn.migrate;
