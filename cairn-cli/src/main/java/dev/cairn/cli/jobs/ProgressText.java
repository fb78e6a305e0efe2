package dev.cairn.cli.jobs;

import dev.cairn.JobState;
import dev.cairn.cli.Figures;
import dev.cairn.cli.TextWidth;
import dev.cairn.jobs.JobProgress;
import dev.cairn.jobs.StepProgress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The progress of a job in lines.
 *
 * @param unicode whether the terminal shows more than ASCII
 * @param columns of the terminal; a bar and the names of steps become longer with it
 * @param option with which a command finds the job, such as {@code --schema jobs} behind a blank
 */
record ProgressText(boolean unicode, int columns, String option) {
  private static final int BAR = 20;
  private static final int BAR_MAX = 60;
  private static final int NAME = 34;
  private static final int NAME_MAX = 80;

  /** A terminal of these columns has no room for more than the shortest bar and names. */
  private static final int COLUMNS = 80;

  /** With the lines around them the steps fill no more than a terminal of 24 lines. */
  private static final int STEPS = 14;

  /** The head, the bar, what the job waits for, how many steps are left out, and the incidents. */
  private static final int AROUND_STEPS = 6;

  /**
   * Everything: the job, its bar, its steps, and what has happened to it.
   *
   * @param room the most lines; a picture that is higher than the terminal cannot be drawn in place
   */
  List<String> frame(JobProgress progress, List<StepProgress> steps, int room) {
    var lines = new ArrayList<String>();
    lines.add(head(progress));
    lines.addAll(lines(progress));
    lines.addAll(steps(steps, progress.current(), Math.clamp(room - AROUND_STEPS, 1, STEPS)));
    incidents(progress).ifPresent(lines::add);
    // Some terminals break the line when its last column is filled.
    return lines.stream().limit(room).map(line -> TextWidth.fit(line, columns - 1)).toList();
  }

  static String head(JobProgress progress) {
    return "job %d  %s  %s  attempt %d"
        .formatted(
            progress.jobId(), progress.kind(), JobStates.words(progress), progress.attempt());
  }

  /** How far the current step has come, and what the job waits for. */
  List<String> lines(JobProgress progress) {
    var lines = new ArrayList<String>();
    StepProgress current = progress.current();
    if (current != null && !JobStates.isFinal(progress.state())) {
      String bar = progress.share().map(share -> bar(share) + "  ").orElse("");
      lines.add(bar + figures(progress, current));
    }
    String waiting = JobStates.waiting(progress, option);
    if (!waiting.isEmpty()) {
      lines.add(waiting);
    }
    return lines;
  }

  static String figures(JobProgress progress, StepProgress current) {
    var parts = new ArrayList<String>();
    boolean running = progress.state() == JobState.RUNNING;
    Long done = current.done();
    if (done != null) {
      parts.add(
          current.total() == null
              ? Figures.count(done) + " done"
              : Figures.count(done) + " of " + Figures.count(current.total()));
      if (progress.rate() != null && running) {
        parts.add(Figures.rate(progress.rate()));
      }
    }
    if (progress.timeLeft() != null && running) {
      parts.add(Figures.clock(progress.timeLeft()) + " left");
    }
    if (parts.isEmpty()) {
      parts.add("in step " + current.name() + " for " + Figures.clock(current.spent()));
    }
    return String.join(", ", parts);
  }

  private int room(int least, int most) {
    return Math.clamp((long) least + columns - COLUMNS, least, most);
  }

  String bar(double share) {
    int length = room(BAR, BAR_MAX);
    int filled = (int) (share * length);
    return "[%s%s] %5s"
        .formatted("#".repeat(filled), "-".repeat(length - filled), Figures.percent(share));
  }

  /** Those around the current step, if there are too many for all. */
  List<String> steps(List<StepProgress> steps, @Nullable StepProgress current, int most) {
    if (steps.size() <= most) {
      return steps.stream().map(step -> step(step, current)).toList();
    }
    int at = current == null ? steps.size() - 1 : Math.max(steps.indexOf(current), 0);
    int from = Math.clamp(at - most / 2, 0, steps.size() - most);
    var lines = new ArrayList<String>();
    if (from > 0) {
      lines.add("    %s before".formatted(Figures.count(from)));
    }
    steps.subList(from, from + most).forEach(step -> lines.add(step(step, current)));
    int after = steps.size() - from - most;
    if (after > 0) {
      lines.add("    %s more".formatted(Figures.count(after)));
    }
    return lines;
  }

  private String step(StepProgress step, @Nullable StepProgress current) {
    return "  %s %s %9s  %s"
        .formatted(
            mark(step, current),
            TextWidth.left(step.name(), room(NAME, NAME_MAX)),
            Figures.spent(step.spent()),
            remark(step, current))
        .stripTrailing();
  }

  private String mark(StepProgress step, @Nullable StepProgress current) {
    if (step.finished()) {
      return unicode ? "\u2713" : "x";
    }
    return step.equals(current) ? ">" : "-";
  }

  /** The share of the current step is in its bar. */
  private static String remark(StepProgress step, @Nullable StepProgress current) {
    if (step.finished()) {
      return step.valueBytes() == 0 ? "" : "result " + Figures.bytes(step.valueBytes());
    }
    var parts = new ArrayList<String>();
    if (!step.equals(current)) {
      share(step).map(Figures::percent).ifPresent(parts::add);
    }
    if (step.value() != null) {
      parts.add("at " + step.value());
    }
    return String.join(", ", parts);
  }

  private static Optional<Double> share(StepProgress step) {
    Long done = step.done();
    Long total = step.total();
    return done == null || total == null || total <= 0
        ? Optional.empty()
        : Optional.of(Math.clamp((double) done / total, 0.0, 1.0));
  }

  private static Optional<String> incidents(JobProgress progress) {
    var parts = new ArrayList<String>();
    count(parts, progress.interruptions(), "interruption");
    count(parts, progress.crashes(), "crash", "crashes");
    count(parts, progress.snoozes(), "snooze");
    return parts.isEmpty() ? Optional.empty() : Optional.of(String.join(", ", parts));
  }

  private static void count(List<String> parts, int number, String one) {
    count(parts, number, one, one + "s");
  }

  private static void count(List<String> parts, int number, String one, String many) {
    if (number > 0) {
      parts.add(number + " " + (number == 1 ? one : many));
    }
  }

  /**
   * How it ended, in one line.
   *
   * @param option with which a command finds the job, behind a blank; may be empty
   */
  static String end(JobProgress progress, String option) {
    return "job %d is %s%s"
        .formatted(
            progress.jobId(),
            progress.state().label(),
            progress.state() == JobState.COMPLETED
                ? ""
                : ": ./cairn jobs show %d%s shows the reason".formatted(progress.jobId(), option));
  }
}
