/**
 * Checks of the server, the tables, the clients and the jobs of a schema, with what to do: {@link
 * dev.cairn.doctor.Doctor}. They read the catalog of PostgreSQL and the tables that {@code
 * docs/alerts.md} documents, and change nothing. Whoever shows the findings, such as {@code ./cairn
 * doctor} and the dashboard, does not belong here.
 */
@NullMarked
package dev.cairn.doctor;

import org.jspecify.annotations.NullMarked;
