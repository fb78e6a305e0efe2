package dev.cairn.cli.jobs;

import dev.cairn.CairnException;
import dev.cairn.JobState;
import dev.cairn.cli.ExitCodes;
import dev.cairn.cli.Outage;
import dev.cairn.jobs.JobProgress;
import dev.cairn.jobs.Jobs;
import dev.cairn.jobs.StepProgress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Looks at a job again and again until it ends. */
final class Watch {
  /** The time between two looks for a database that is away. */
  private static final Duration AWAY = Duration.ofMillis(500);

  private final Jobs jobs;
  private final WatchView view;
  private final Duration interval;
  private final Duration patience;
  private final String option;
  private List<StepProgress> steps = List.of();

  /**
   * @param patience how long the database may be out of reach
   * @param option with which a command finds the job, behind a blank; may be empty
   */
  Watch(Jobs jobs, WatchView view, Duration interval, Duration patience, String option) {
    this.jobs = jobs;
    this.view = view;
    this.interval = interval;
    this.patience = patience;
    this.option = option;
  }

  /**
   * Returns an exit code when the job has ended, or when the database has been out of reach for too
   * long.
   */
  int untilItEnds(long id) throws InterruptedException {
    // The look that failed first may have waited for long, so it counts from its end on.
    long awaySince = 0;
    boolean away = false;
    while (true) {
      try {
        Optional<JobProgress> progress = jobs.progress(id);
        if (away) {
          view.note("The database is back.");
          away = false;
        }
        if (progress.isEmpty()) {
          view.end("job %d was deleted".formatted(id));
          return ExitCodes.FAILED;
        }
        show(progress.get());
        if (JobStates.isFinal(progress.get().state())) {
          view.end(ProgressText.end(progress.get(), option));
          return progress.get().state() == JobState.COMPLETED ? ExitCodes.DONE : ExitCodes.FAILED;
        }
      } catch (CairnException e) {
        if (!Outage.is(e)) {
          throw e;
        }
        awaySince = away ? awaySince : System.nanoTime();
        if (System.nanoTime() - awaySince >= patience.toNanos()) {
          view.note(
              "The database did not come back, so it is not known what became of job %d. %s"
                  .formatted(id, Outage.said(e)));
          return ExitCodes.UNREACHABLE;
        }
        if (!away) {
          view.note(
              "The database does not answer. Watching continues when it does. " + Outage.said(e));
          away = true;
        }
      }
      Thread.sleep(away ? max(interval, AWAY) : interval);
    }
  }

  private static Duration max(Duration one, Duration other) {
    return one.compareTo(other) >= 0 ? one : other;
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
