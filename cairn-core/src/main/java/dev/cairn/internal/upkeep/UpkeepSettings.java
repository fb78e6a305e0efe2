package dev.cairn.internal.upkeep;

import dev.cairn.Retention;
import dev.cairn.schedule.Schedule;
import java.time.Duration;

/**
 * How a client keeps its schema in order; stated and checked by {@link dev.cairn.CairnBuilder}.
 *
 * @param rescueInterval how often to look for dead clients
 * @param stuckAfter how long a job of a client without heartbeat may run
 * @param reindex when to rebuild the indexes of the jobs
 */
public record UpkeepSettings(
    Duration rescueInterval, Duration stuckAfter, Retention retention, Schedule reindex) {}
