package dev.cairn.cli.jobs;

import dev.cairn.AttemptError;
import dev.cairn.JobRow;
import dev.cairn.JobState;
import dev.cairn.cli.Figures;
import dev.cairn.cli.Table;
import dev.cairn.cli.Table.Column;
import dev.cairn.cli.TextWidth;
import dev.cairn.jobs.JobOperation;
import dev.cairn.jobs.JobProgress;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One job in full, or many in a table, for people. */
final class JobText {
  private static final int ERRORS = 3;

  private JobText() {}

  static List<String> of(JobRow job, JobProgress progress, ProgressText text) {
    var lines = new ArrayList<String>();
    lines.add(ProgressText.head(progress));
    lines.addAll(text.lines(progress));
    lines.add("");
    lines.add(row("queue", "%s, priority %d".formatted(job.queue(), job.priority())));
    lines.add(row("attempts", "%d of %d".formatted(job.attempt(), job.maxAttempts())));
    lines.add(row("created", Figures.moment(job.createdAt())));
    lines.add(row("scheduled", Figures.moment(job.scheduledAt())));
    lines.add(row("attempted", Figures.moment(job.attemptedAt())));
    if (job.finalizedAt() != null) {
      lines.add(row("ended", Figures.moment(job.finalizedAt())));
    }
    if (!job.attemptedBy().isEmpty()) {
      lines.add(row("client", job.attemptedBy().getLast()));
    }
    if (!job.tags().isEmpty()) {
      lines.add(row("tags", String.join(", ", job.tags())));
    }
    lines.add(row("args", job.args()));
    job.output().ifPresent(output -> lines.add(row("output", output)));
    lines.add(
        row(
            "stopped",
            "%d by interruptions, %d by crashes, %d by snoozes"
                .formatted(progress.interruptions(), progress.crashes(), progress.snoozes())));
    lines.add(row("in steps", Figures.spent(progress.spent())));
    addSteps(lines, progress, text);
    addErrors(lines, job.errors());
    addOperations(lines, progress.operations());
    return lines;
  }

  private static void addSteps(List<String> lines, JobProgress progress, ProgressText text) {
    if (!progress.steps().isEmpty()) {
      lines.add("");
      lines.add("steps");
      lines.addAll(text.steps(progress.steps(), progress.current(), Integer.MAX_VALUE));
    }
  }

  private static void addErrors(List<String> lines, List<AttemptError> errors) {
    if (!errors.isEmpty()) {
      lines.add("");
      lines.add("errors" + (errors.size() > ERRORS ? ", the last of " + errors.size() : ""));
      errors.stream()
          .skip(Math.max(errors.size() - ERRORS, 0))
          .forEach(error ->
              lines.add(
                  "  attempt %d, began %s  %s"
                      .formatted(
                          error.attempt(),
                          Figures.moment(error.at()),
                          error.error().lines().findFirst().orElse(""))));
    }
  }

  private static void addOperations(List<String> lines, List<JobOperation> operations) {
    if (!operations.isEmpty()) {
      lines.add("");
      lines.add("operations");
      for (JobOperation operation : operations) {
        lines.add(
            "  %s  %s by %s%s%s"
                .formatted(
                    Figures.moment(operation.at()),
                    operation.verb(),
                    operation.by(),
                    operation.detail() == null ? "" : ": " + operation.detail(),
                    operation.reason() == null ? "" : " (" + operation.reason() + ")"));
      }
    }
  }

  private static String row(String name, String value) {
    return "  %-10s %s".formatted(name, value);
  }

  /**
   * A table.
   *
   * @param progress of those that have any
   * @param now by the clock of the database
   */
  static Table table(List<JobRow> jobs, Map<Long, JobProgress> progress, Instant now) {
    var table =
        new Table(
            Column.number("id"),
            Column.text("state"),
            Column.cut("kind", 10),
            Column.cut("queue", 7),
            Column.number("attempt"),
            Column.number("age"),
            Column.number("time"),
            Column.cut("step or error", 13));
    for (JobRow job : jobs) {
      table.row(
          Long.toString(job.id()),
          job.state().label(),
          job.kind(),
          job.queue(),
          "%d/%d".formatted(job.attempt(), job.maxAttempts()),
          Figures.between(job.createdAt(), now),
          time(job, now),
          remark(job, progress.get(job.id())));
    }
    return table;
  }

  /** How long the last attempt runs or ran, or until when the job waits. */
  private static String time(JobRow job, Instant now) {
    return switch (job.state()) {
      case RUNNING -> Figures.between(job.attemptedAt(), now);
      case COMPLETED, CANCELLED, DISCARDED -> Figures.between(job.attemptedAt(), job.finalizedAt());
      case SCHEDULED, RETRYABLE -> "in " + Figures.between(now, job.scheduledAt());
      case AVAILABLE, PENDING -> "-";
    };
  }

  /** The current step of the job, or why it is not completed. */
  private static String remark(JobRow job, @Nullable JobProgress progress) {
    String step = step(progress);
    boolean failed = job.state() != JobState.COMPLETED && !job.errors().isEmpty();
    String error = failed ? job.errors().getLast().error().lines().findFirst().orElse("") : "";
    return TextWidth.fit(
        step.isEmpty() || error.isEmpty() ? step + error : step + ": " + error, 200);
  }

  private static String step(@Nullable JobProgress progress) {
    if (progress == null || progress.current() == null) {
      return "";
    }
    return TextWidth.fit(
        progress.current().name()
            + progress.share().map(share -> " " + Figures.percent(share)).orElse(""),
        40);
  }
}
