package dev.cairn.cli.jobs;

import dev.cairn.JobState;
import dev.cairn.jobs.JobProgress;
import dev.cairn.jobs.Jobs;
import dev.cairn.jobs.StepProgress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Looks at a job again and again until it ends. */
final class Watch {
  private final Jobs jobs;
  private final WatchView view;
  private final Duration interval;
  private List<StepProgress> steps = List.of();

  Watch(Jobs jobs, WatchView view, Duration interval) {
    this.jobs = jobs;
    this.view = view;
    this.interval = interval;
  }

  /** Returns when the job has ended; false unless it was completed. */
  boolean untilItEnds(long id) throws InterruptedException {
    while (true) {
      Optional<JobProgress> progress = jobs.progress(id);
      if (progress.isEmpty()) {
        view.end("job %d was deleted".formatted(id));
        return false;
      }
      show(progress.get());
      if (JobStates.isFinal(progress.get().state())) {
        view.end(ProgressText.end(progress.get()));
        return progress.get().state() == JobState.COMPLETED;
      }
      Thread.sleep(interval);
    }
  }

  private void show(JobProgress progress) {
    // What was known of the steps is deleted when the job completes: they are all finished then.
    steps =
        progress.state() == JobState.COMPLETED
            ? steps.stream().map(Watch::finished).toList()
            : progress.steps();
    view.show(progress, steps);
  }

  private static StepProgress finished(StepProgress step) {
    return new StepProgress(
        step.name(),
        step.position(),
        true,
        false,
        step.attempt(),
        step.startedAt(),
        step.spent(),
        step.savedAt(),
        step.done(),
        step.total(),
        null,
        step.finished() ? step.valueBytes() : 0);
  }
}
