/**
 * A real PostgreSQL as a child process, for tests and demos. Nothing here knows jobs: core's own
 * tests stand on this module.
 */
package dev.cairn.embedded;
