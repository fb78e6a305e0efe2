package dev.cairn.event;

import dev.cairn.JobRow;
import java.time.Duration;

/**
 * An attempt has ended, and its outcome is in the database. May get further components. The times
 * are zero for a job that was discarded without an attempt of this client.
 *
 * @param job the job, read again right after its outcome was written
 * @param queueWait the time from when the job was due until it was claimed; zero if it was claimed
 *     before, and at most a hundred years
 * @param run how long its worker ran
 * @param complete the time from the end of its worker until the outcome was written
 */
public record JobEvent(
    EventKind kind, JobRow job, Duration queueWait, Duration run, Duration complete)
    implements Event {}
