package dev.cairn.jobs;

import java.time.Instant;

/**
 * A client of Cairn as it is in the database. May get further components.
 *
 * @param startedAt when it was started; later if an earlier client with this id was started while
 *     the clock was ahead, because each client with an id starts later than the one before it
 * @param heartbeatAt when it sent its last heartbeat, by the database's clock
 * @param alive whether its last heartbeat is not older than its heartbeat timeout
 */
public record ClientRow(String id, Instant startedAt, Instant heartbeatAt, boolean alive) {}
