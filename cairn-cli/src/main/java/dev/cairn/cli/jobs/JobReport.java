package dev.cairn.cli.jobs;

import com.fasterxml.jackson.annotation.JsonRawValue;
import dev.cairn.AttemptError;
import dev.cairn.JobRow;
import dev.cairn.jobs.JobOperation;
import dev.cairn.jobs.JobProgress;
import dev.cairn.jobs.StepProgress;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A job as {@code --json} prints it. What is stored as JSON is printed as it is: it may be nested
 * more deeply, and have longer numbers, than a reader of JSON accepts.
 */
record JobReport(
    long id,
    String kind,
    String queue,
    String state,
    int attempt,
    int maxAttempts,
    int priority,
    List<String> tags,
    List<String> attemptedBy,
    @JsonRawValue String args,
    @JsonRawValue String metadata,
    @JsonRawValue @Nullable String output,
    Instant createdAt,
    Instant scheduledAt,
    @Nullable Instant attemptedAt,
    @Nullable Instant finalizedAt,
    List<Failure> errors,
    boolean pauseRequested,
    @Nullable String step,
    @Nullable Long done,
    @Nullable Long total,
    @Nullable Double rate,
    @Nullable Long timeLeftMs,
    long spentMs,
    int interruptions,
    int crashes,
    int snoozes,
    List<Step> steps,
    List<JobOperation> operations) {
  JobReport {
    tags = List.copyOf(tags);
    attemptedBy = List.copyOf(attemptedBy);
    errors = List.copyOf(errors);
    steps = List.copyOf(steps);
    operations = List.copyOf(operations);
  }

  /** A failed attempt. */
  record Failure(Instant at, int attempt, String error, String trace) {
    static Failure of(AttemptError error) {
      return new Failure(error.at(), error.attempt(), error.error(), error.trace());
    }
  }

  /** A step. */
  record Step(
      String name,
      @Nullable Integer position,
      boolean finished,
      boolean running,
      @Nullable Integer attempt,
      @Nullable Instant startedAt,
      long spentMs,
      Instant savedAt,
      @Nullable Long done,
      @Nullable Long total,
      @JsonRawValue @Nullable String cursor,
      int valueBytes) {
    static Step of(StepProgress step) {
      return new Step(
          step.name(),
          step.position(),
          step.finished(),
          step.running(),
          step.attempt(),
          step.startedAt(),
          step.spent().toMillis(),
          step.savedAt(),
          step.done(),
          step.total(),
          step.value(),
          step.valueBytes());
    }
  }

  static JobReport of(JobRow job, JobProgress progress) {
    StepProgress current = progress.current();
    Duration left = progress.timeLeft();
    return new JobReport(
        job.id(),
        job.kind(),
        job.queue(),
        job.state().label(),
        job.attempt(),
        job.maxAttempts(),
        job.priority(),
        job.tags(),
        job.attemptedBy(),
        job.args(),
        job.metadata(),
        job.output().orElse(null),
        job.createdAt(),
        job.scheduledAt(),
        job.attemptedAt(),
        job.finalizedAt(),
        job.errors().stream().map(Failure::of).toList(),
        progress.pauseRequested(),
        current == null ? null : current.name(),
        current == null ? null : current.done(),
        current == null ? null : current.total(),
        progress.rate(),
        left == null ? null : left.toMillis(),
        progress.spent().toMillis(),
        progress.interruptions(),
        progress.crashes(),
        progress.snoozes(),
        progress.steps().stream().map(Step::of).toList(),
        progress.operations());
  }
}
