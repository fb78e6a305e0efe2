package dev.cairn.jobs;

import dev.cairn.JobState;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The progress of a resumable job, as last saved: at most one flush interval old. The information
 * about its steps is deleted when the job completes. May get further components.
 *
 * @param at the time at which this was read, by the database's clock
 * @param attempt the number of the last attempt
 * @param pauseRequested whether the job is running and will stop at its next checkpoint because of
 *     a pause
 * @param current the unfinished step that was started last; if branches run at the same time, the
 *     step that encloses them; null if there is none
 * @param rate items of the current step per second, over the time spent in it; null if unknown
 * @param timeLeft of the current step, at that rate; null if unknown
 * @param spent the time spent in all steps; for running steps, until now
 * @param savedAt when any of its steps was last saved; null if none was
 * @param interruptions how often it was interrupted and was available again at once
 * @param crashes how often its client died
 * @param snoozes how often it was snoozed
 * @param steps the steps that it has reached, in the order in which they were started
 * @param operations the operations on it from outside, oldest first
 * @param takeovers when it was taken away from clients that had died, oldest first
 */
public record JobProgress(
    Instant at,
    long jobId,
    String kind,
    String queue,
    JobState state,
    int attempt,
    boolean pauseRequested,
    @Nullable StepProgress current,
    @Nullable Double rate,
    @Nullable Duration timeLeft,
    Duration spent,
    @Nullable Instant savedAt,
    int interruptions,
    int crashes,
    int snoozes,
    List<StepProgress> steps,
    List<JobOperation> operations,
    List<JobTakeover> takeovers) {
  public JobProgress {
    steps = List.copyOf(steps);
    operations = List.copyOf(operations);
    takeovers = List.copyOf(takeovers);
  }

  /** How much of the current step is done, 0 to 1; empty if unknown. */
  public Optional<Double> share() {
    if (current == null || current.done() == null || current.total() == null) {
      return Optional.empty();
    }
    long total = current.total();
    // Rows of other programs may have any numbers.
    return Optional.of(total <= 0 ? 1.0 : Math.clamp((double) current.done() / total, 0.0, 1.0));
  }

  /** How many of its steps are finished, including nested steps. */
  public long stepsFinished() {
    return steps.stream().filter(StepProgress::finished).count();
  }
}
