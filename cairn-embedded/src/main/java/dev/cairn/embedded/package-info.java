/**
 * A real PostgreSQL as a child process, for tests and demos. Nothing here knows jobs, because the
 * core's own tests depend on this module.
 */
package dev.cairn.embedded;
