/** JSON as PostgreSQL stores it: its limits, how it is read, and the keys of metadata. */
package dev.cairn.internal.json;
