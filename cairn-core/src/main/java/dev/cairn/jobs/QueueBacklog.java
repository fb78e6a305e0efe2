package dev.cairn.jobs;

import dev.cairn.JobState;
import java.time.Duration;
import java.util.Map;

/**
 * What waits in a queue, runs from it, or was discarded. May get further components.
 *
 * @param queue its name
 * @param paused whether it is paused
 * @param jobs how many jobs it has by state, up to {@link Backlog#countedUpTo}; no entry for none.
 *     Without completed and cancelled jobs
 * @param overdue for available, retryable and scheduled jobs, how long the oldest of them has been
 *     due: the time that jobs wait, or a leader is late; zero if none is due
 */
public record QueueBacklog(
    String queue, boolean paused, Map<JobState, Long> jobs, Map<JobState, Duration> overdue) {
  public QueueBacklog {
    jobs = Map.copyOf(jobs);
    overdue = Map.copyOf(overdue);
  }
}
