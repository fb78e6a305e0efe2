package dev.cairn.cli.jobs;

import dev.cairn.cli.Figures;
import dev.cairn.cli.Output;
import dev.cairn.jobs.JobProgress;
import dev.cairn.jobs.StepProgress;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** For a file or a pipe: a line for each thing that is new, and progress now and then. */
final class PlainView implements WatchView {
  private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("HH:mm:ss");
  private static final Duration PROGRESS_EVERY = Duration.ofSeconds(10);
  private static final double SHARE_EVERY = 0.05;

  private final Output out;
  private final ZoneId zone;
  private final Set<String> finished = new HashSet<>();
  private String head = "";
  private String shownLine = "";
  private Instant shownAt = Instant.EPOCH;
  private double shownShare = -1;

  PlainView(Output out, ZoneId zone) {
    this.out = out;
    this.zone = zone;
  }

  @Override
  public void show(JobProgress progress, List<StepProgress> steps) {
    String newHead = ProgressText.head(progress);
    if (!newHead.equals(head)) {
      head = newHead;
      print(progress, head);
    }
    for (StepProgress step : steps) {
      if (step.finished() && finished.add(step.name())) {
        print(progress, "finished %s in %s".formatted(step.name(), Figures.spent(step.spent())));
      } else if (!step.finished()) {
        finished.remove(step.name());
      }
    }
    StepProgress current = progress.current();
    if (current != null && !JobStates.isFinal(progress.state())) {
      showProgress(progress, current);
    }
  }

  private void showProgress(JobProgress progress, StepProgress current) {
    double share = progress.share().orElse(-1.0);
    String line =
        "%s%s  %s"
            .formatted(
                current.name(),
                share < 0 ? "" : "  " + Figures.percent(share),
                current.done() == null ? "begun" : ProgressText.figures(progress, current));
    boolean due =
        !shownLine.startsWith(current.name() + "  ")
            || Math.abs(share - shownShare) >= SHARE_EVERY
            || Duration.between(shownAt, progress.at()).compareTo(PROGRESS_EVERY) >= 0;
    if (due && !line.equals(shownLine)) {
      shownLine = line;
      shownShare = share;
      shownAt = progress.at();
      print(progress, line);
    }
  }

  private void print(JobProgress progress, String line) {
    out.line("%s  %s".formatted(TIME.format(progress.at().atZone(zone)), line));
    out.flush();
  }

  @Override
  public void note(String line) {
    out.line(line);
    out.flush();
  }

  @Override
  public void end(String line) {
    out.line(line);
    out.flush();
  }

  @Override
  public void close() {
    out.flush();
  }
}
