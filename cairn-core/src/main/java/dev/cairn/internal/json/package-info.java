/** JSON as PostgreSQL stores it: its limits, and how it is read. */
package dev.cairn.internal.json;
