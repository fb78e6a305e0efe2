/**
 * What keeps a schema in order: the rescue of dead clients' jobs, which every client takes part in,
 * and the services that only the leader runs.
 */
package dev.cairn.internal.upkeep;
