package dev.cairn.cli.demo;

import dev.cairn.JobRow;
import dev.cairn.JobState;
import dev.cairn.cli.demo.InventoryTables.Progress;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * The job at one moment, as the database has it.
 *
 * @param progress empty while the files are being counted
 * @param hasWorker whether a process that is alive works it
 */
record JobStatus(JobRow job, Optional<Progress> progress, boolean hasWorker) {
  static JobStatus of(JobRow job, Optional<Progress> progress, Predicate<String> isAlive) {
    return new JobStatus(
        job, progress, job.state() == JobState.RUNNING && isAlive.test(client(job)));
  }

  boolean isOver() {
    return switch (job.state()) {
      case COMPLETED, CANCELLED, DISCARDED -> true;
      case AVAILABLE, PENDING, RETRYABLE, RUNNING, SCHEDULED -> false;
    };
  }

  /** The client that claimed the job last. */
  String client() {
    return client(job);
  }

  private static String client(JobRow job) {
    return job.attemptedBy().isEmpty() ? "" : job.attemptedBy().getLast();
  }

  boolean wasClaimedAfter(Instant moment) {
    Instant claimed = job.attemptedAt();
    return claimed != null && claimed.isAfter(moment);
  }

  String step() {
    return progress
        .map(it -> it.files() < it.found().files() ? "hash" : "summarise")
        .orElse("scan");
  }

  long files() {
    return progress.map(Progress::files).orElse(0L);
  }
}
