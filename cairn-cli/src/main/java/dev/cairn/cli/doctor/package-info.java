/**
 * {@code ./cairn doctor}: checks of the database, the tables, clients and jobs. Reads the catalog
 * of PostgreSQL and the tables that {@code docs/alerts.md} documents.
 */
@NullMarked
package dev.cairn.cli.doctor;

import org.jspecify.annotations.NullMarked;
