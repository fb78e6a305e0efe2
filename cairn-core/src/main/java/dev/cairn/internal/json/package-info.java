/** JSON as PostgreSQL stores it: what it can keep, and how that is read again. */
package dev.cairn.internal.json;
