package dev.cairn.cli.demo;

import java.time.Duration;
import java.time.Instant;

/**
 * An attack on a worker process, most often its death.
 *
 * @param at when, by the database's clock
 * @param files how many were in the table then: what a job without checkpoints does again
 * @param timesLetGo how often the process had let go of a job before
 */
record Kill(int number, String client, Instant at, long files, long timesLetGo) {
  /** How long the job had no worker. */
  Duration takeover(JobStatus resumed) {
    Instant claimed = resumed.job().attemptedAt();
    return Duration.between(at, claimed == null ? at : claimed);
  }
}
