package dev.cairn.jobs;

import java.time.Instant;

/**
 * A client of Cairn as it is in the database. May get further components.
 *
 * @param startedAt when it was started
 * @param heartbeatAt when it sent its last heartbeat, by the database's clock
 * @param alive whether its last heartbeat is not older than its heartbeat timeout
 */
public record ClientRow(String id, Instant startedAt, Instant heartbeatAt, boolean alive) {}
