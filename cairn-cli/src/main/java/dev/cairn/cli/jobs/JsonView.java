package dev.cairn.cli.jobs;

import dev.cairn.cli.JsonOutput;
import dev.cairn.cli.Output;
import dev.cairn.jobs.JobProgress;
import dev.cairn.jobs.StepProgress;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** For programs: a line for each change. */
final class JsonView implements WatchView {
  private final Output out;
  private final Output errors;
  private @Nullable Look last;
  private boolean ended;

  JsonView(Output out, Output errors) {
    this.out = out;
    this.errors = errors;
  }

  /** How the job stands. */
  private record Look(
      long id,
      String kind,
      String state,
      int attempt,
      @Nullable String step,
      @Nullable Long done,
      @Nullable Long total,
      long stepsFinished) {}

  /** A look with what changes all the time. */
  private record Line(
      Instant at,
      long id,
      String kind,
      String state,
      int attempt,
      @Nullable String step,
      @Nullable Long done,
      @Nullable Long total,
      long stepsFinished,
      @Nullable Double rate,
      @Nullable Long timeLeftMs) {}

  @Override
  public void show(JobProgress progress, List<StepProgress> steps) {
    StepProgress current = progress.current();
    ended = JobStates.isFinal(progress.state());
    var look =
        new Look(
            progress.jobId(),
            progress.kind(),
            progress.state().label(),
            progress.attempt(),
            current == null ? null : current.name(),
            current == null ? null : current.done(),
            current == null ? null : current.total(),
            steps.stream().filter(StepProgress::finished).count());
    if (!look.equals(last)) {
      last = look;
      out.text(
          JsonOutput.line(
              new Line(
                  progress.at(),
                  look.id(),
                  look.kind(),
                  look.state(),
                  look.attempt(),
                  look.step(),
                  look.done(),
                  look.total(),
                  look.stepsFinished(),
                  progress.rate(),
                  progress.timeLeft() == null ? null : progress.timeLeft().toMillis())));
    }
  }

  @Override
  public void note(String line) {
    // Among the lines of JSON, it would be none.
    errors.message(line);
  }

  @Override
  public void end(String line) {
    // If the job has ended, the last look tells the same.
    if (!ended) {
      errors.message(line);
    }
  }

  @Override
  public void close() {
    out.flush();
  }
}
