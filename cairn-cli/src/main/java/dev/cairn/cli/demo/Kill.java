package dev.cairn.cli.demo;

import java.time.Duration;
import java.time.Instant;

/**
 * The death of a worker process.
 *
 * @param at when, by the database's clock
 * @param files how many were in the table then: what a job without checkpoints does again
 */
record Kill(int number, String client, Instant at, long files) {
  /** How long the job had no worker. */
  Duration takeover(JobStatus resumed) {
    Instant claimed = resumed.job().attemptedAt();
    return Duration.between(at, claimed == null ? at : claimed);
  }
}
