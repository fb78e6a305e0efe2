/**
 * All SQL of a client and of the migrations, and all JDBC statements that send it. A {@code
 * PostgresXStore} implements the interface {@code XStore} of {@code internal.store}; {@code
 * XStatements} has the statements of one subject and the code that runs them; {@code XSql} only
 * composes texts.
 *
 * <p>The rooms that call this one decide what a result means for a job or a client. Only {@link
 * dev.cairn.CairnBuilder} and {@link dev.cairn.migrate.Migrator} create the classes of this room.
 * All others use them through the interfaces of {@code internal.store}.
 */
package dev.cairn.internal.postgres;
