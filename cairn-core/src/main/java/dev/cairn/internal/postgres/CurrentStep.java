package dev.cairn.internal.postgres;

import dev.cairn.jobs.StepProgress;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Finds the step that represents the progress of the whole job. */
final class CurrentStep {
  private CurrentStep() {}

  /**
   * Returns the innermost unfinished step. If branches run at the same time, returns the step that
   * encloses them, because no branch alone represents the job.
   *
   * @param latest the unfinished step that was begun last
   */
  static StepProgress of(StepProgress latest, List<StepProgress> steps) {
    return steps.stream()
        .filter(step -> !step.finished() && (step.equals(latest) || isWithin(latest, step)))
        .sorted(Comparator.comparingInt((StepProgress step) -> step.name().length()).reversed())
        .filter(step -> steps.stream().noneMatch(other -> isBeside(step, other)))
        .findFirst()
        .orElse(latest);
  }

  /** Whether another step is in progress at the same time, or has been since this one began. */
  private static boolean isBeside(StepProgress step, StepProgress other) {
    return !other.equals(step)
        && !isWithin(other, step)
        && !isWithin(step, other)
        && (!other.finished() || isAfter(other.savedAt(), step.startedAt()));
  }

  private static boolean isAfter(Instant time, @Nullable Instant other) {
    return other != null && time.isAfter(other);
  }

  private static boolean isWithin(StepProgress inner, StepProgress outer) {
    return inner.name().startsWith(outer.name() + "/");
  }
}
