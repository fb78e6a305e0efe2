/**
 * The maintenance of a schema: the rescue of dead clients' jobs, which every client does, and the
 * services that only the leader runs.
 */
package dev.cairn.internal.upkeep;
