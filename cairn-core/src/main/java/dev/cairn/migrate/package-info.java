/**
 * Migrations: River's own line of tables and Cairn's line beside it, and the choice of River's
 * indexes. {@link dev.cairn.migrate.Migrator} is the entry point. Nothing here creates or works
 * jobs.
 */
package dev.cairn.migrate;
