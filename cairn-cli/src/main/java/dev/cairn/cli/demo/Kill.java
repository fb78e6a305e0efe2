package dev.cairn.cli.demo;

import java.time.Duration;
import java.time.Instant;

/**
 * An attack on a worker process, most often its death.
 *
 * @param at when, by the database's clock
 * @param files how many files were in the table then, which a job without checkpoints would read
 *     again
 * @param timesLetGo how often the process had given up a job before
 */
record Kill(int number, String client, Instant at, long files, long timesLetGo) {
  /** How long the job had no worker. */
  Duration takeover(JobStatus resumed) {
    Instant claimed = resumed.job().attemptedAt();
    return Duration.between(at, claimed == null ? at : claimed);
  }
}
