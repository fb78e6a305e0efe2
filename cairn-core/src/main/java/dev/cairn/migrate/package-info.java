/**
 * Migrations: River's own line of tables and Cairn's line beside it. {@link
 * dev.cairn.migrate.Migrator} is the entry point. Nothing here creates a job or works one.
 */
package dev.cairn.migrate;
