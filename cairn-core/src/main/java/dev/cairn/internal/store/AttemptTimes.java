package dev.cairn.internal.store;

import java.time.Duration;

/**
 * How long the parts of an attempt took.
 *
 * @param queueWait the time from when the job was due until it was claimed
 * @param run how long its worker ran
 * @param endedNanos when its worker ended, in {@link System#nanoTime()}
 */
public record AttemptTimes(Duration queueWait, Duration run, long endedNanos) {}
