package dev.cairn.cli.jobs;

import dev.cairn.JobState;
import dev.cairn.jobs.JobProgress;

/** The states of a job in words for operators. */
final class JobStates {
  private JobStates() {}

  static boolean isFinal(JobState state) {
    return switch (state) {
      case COMPLETED, CANCELLED, DISCARDED -> true;
      case AVAILABLE, PENDING, RETRYABLE, RUNNING, SCHEDULED -> false;
    };
  }

  static String words(JobProgress progress) {
    return progress.pauseRequested() ? "running, pause requested" : progress.state().label();
  }

  /**
   * What a job waits for that is in no step now; empty if nothing.
   *
   * @param option with which a command finds the job, behind a blank; may be empty
   */
  static String waiting(JobProgress progress, String option) {
    return switch (progress.state()) {
      case AVAILABLE -> "waits for a worker";
      case PENDING -> "waits until it is resumed: ./cairn jobs resume " + progress.jobId() + option;
      case RETRYABLE -> "waits for its next attempt";
      case SCHEDULED -> "waits for its time";
      case RUNNING, COMPLETED, CANCELLED, DISCARDED -> "";
    };
  }
}
