package dev.cairn.cli.jobs;

import dev.cairn.JobRow;
import dev.cairn.JobState;
import dev.cairn.cli.JsonFormat;
import dev.cairn.cli.JsonOutput;
import dev.cairn.cli.NotFoundException;
import dev.cairn.cli.Output;
import dev.cairn.jobs.JobOperator;
import dev.cairn.jobs.JobProgress;
import dev.cairn.jobs.Jobs;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;

/** Does something to one job, and says what became of it. */
record ActOnJob(Jobs jobs, Actor actor, JsonFormat format, Output out) {
  /** A job after a verb, for {@code --json}. */
  record Change(long id, String kind, String state, boolean changed) {}

  void act(long id, BiFunction<JobOperator, Long, Optional<JobRow>> verb) {
    JobProgress before = required(id, jobs.progress(id));
    required(id, verb.apply(actor.on(jobs), id));
    JobProgress after = required(id, jobs.progress(id));
    boolean done = !after.operations().equals(before.operations());
    if (format.isWanted()) {
      out.text(JsonOutput.of(new Change(after.jobId(), after.kind(), after.state().label(), done)));
      return;
    }
    out.line(
        "job %d (%s) is %s%s"
            .formatted(
                after.jobId(),
                after.kind(),
                describe(after),
                done ? "" : ": there was nothing to do"));
  }

  private static String describe(JobProgress after) {
    boolean asked =
        after.state() == JobState.RUNNING
            && !after.operations().isEmpty()
            && List.of("interrupt", "cancel").contains(after.operations().getLast().verb());
    return asked ? "running, and was asked to stop" : JobStates.words(after);
  }

  static <T> T required(long id, Optional<T> found) {
    return found.orElseThrow(() -> new NotFoundException("there is no job " + id));
  }
}
