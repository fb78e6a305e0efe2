package dev.cairn.dashboard.internal.words;

import dev.cairn.dashboard.internal.read.JobDetails.Queue;
import dev.cairn.dashboard.internal.read.JobDetails.Wait;
import dev.cairn.dashboard.internal.read.JobSummaries.Summary;
import dev.cairn.jobs.JobOperation;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What the sentences about a job are made of, as of one moment. */
public record JobFacts(Instant now, Summary job, Past past, Around around) {
  /** From then on a resumable job that saves nothing is said to stall. */
  public static final Duration STALLED = Duration.ofMinutes(1);

  /**
   * What has happened to it.
   *
   * @param savedAt when a checkpoint was last saved; null if it has none
   * @param steps how many steps it has come to
   */
  public record Past(
      @Nullable Instant savedAt,
      int steps,
      int interruptions,
      int crashes,
      boolean pauseRequested,
      boolean cancelRequested,
      List<JobOperation> operations) {}

  /**
   * What is around it.
   *
   * @param queue null if no client has worked it within the last day
   * @param clients how many are alive
   * @param clientAlive whether the client that claimed it last is alive; null if it is none of
   *     Cairn's
   * @param ahead how many due jobs of the queue come first, up to a thousand
   */
  public record Around(
      @Nullable Queue queue,
      int clients,
      @Nullable Boolean clientAlive,
      int ahead,
      List<Wait> waits) {}

  /** For how long nothing was saved; empty if it does not run, or has no checkpoints. */
  Optional<Duration> stalledFor() {
    Instant saved = past.savedAt();
    Instant claimed = job.attemptedAt();
    if (job.state() != dev.cairn.JobState.RUNNING || saved == null) {
      return Optional.empty();
    }
    Instant last = claimed != null && claimed.isAfter(saved) ? claimed : saved;
    return Optional.of(Duration.between(last, now)).filter(span -> span.compareTo(STALLED) >= 0);
  }

  boolean isDue() {
    return !job.scheduledAt().isAfter(now);
  }

  /** The last act that paused it, if nothing has resumed it since. */
  Optional<JobOperation> pause() {
    for (JobOperation operation : past.operations().reversed()) {
      switch (operation.verb()) {
        case "pause" -> {
          return Optional.of(operation);
        }
        case "resume", "retry", "restart", "run_again", "redrive" -> {
          return Optional.empty();
        }
        default -> {}
      }
    }
    return Optional.empty();
  }
}
