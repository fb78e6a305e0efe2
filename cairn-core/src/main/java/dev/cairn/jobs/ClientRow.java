package dev.cairn.jobs;

import java.time.Instant;

/**
 * A client of Cairn as it is in the database. May get further components.
 *
 * @param startedAt when it was started
 * @param heartbeatAt when it has sent its last heartbeat, by the time of the database
 * @param alive whether that is no longer ago than its timeout
 */
public record ClientRow(String id, Instant startedAt, Instant heartbeatAt, boolean alive) {}
