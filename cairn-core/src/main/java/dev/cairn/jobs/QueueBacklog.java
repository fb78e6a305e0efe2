package dev.cairn.jobs;

import dev.cairn.JobState;
import java.time.Duration;
import java.util.Map;

/**
 * What waits in a queue, runs from it, or was discarded. May get further components.
 *
 * @param queue its name
 * @param paused whether it is paused
 * @param jobs how many jobs it has in each state, up to {@link Backlog#countedUpTo}. States without
 *     jobs have no entry. Completed and cancelled jobs are not counted
 * @param overdue for available, retryable and scheduled jobs, how long the oldest of them has been
 *     due; zero if none is due. For available jobs, it is the time that they wait; for the others,
 *     how late the leader is
 */
public record QueueBacklog(
    String queue, boolean paused, Map<JobState, Long> jobs, Map<JobState, Duration> overdue) {
  public QueueBacklog {
    jobs = Map.copyOf(jobs);
    overdue = Map.copyOf(overdue);
  }
}
