package dev.cairn.cli.jobs;

import dev.cairn.cli.Output;
import dev.cairn.cli.Screen;
import dev.cairn.jobs.JobProgress;
import dev.cairn.jobs.StepProgress;
import java.util.List;

/** Draws in place, as wide as the terminal is at the moment. */
final class TerminalView implements WatchView {
  private final Output out;
  private final Screen screen;
  private final boolean unicode;
  private final String option;

  /**
   * @param option with which a command finds the job, behind a blank; may be empty
   */
  TerminalView(Output out, boolean unicode, String option) {
    this.out = out;
    this.screen = new Screen(out);
    this.unicode = unicode;
    this.option = option;
  }

  @Override
  public void show(JobProgress progress, List<StepProgress> steps) {
    // The cursor needs a line.
    int room = Math.max(out.lines() - 1, 1);
    screen.draw(new ProgressText(unicode, out.columns(), option).frame(progress, steps, room));
  }

  @Override
  public void note(String line) {
    screen.line(line);
  }

  @Override
  public void end(String line) {
    screen.line(line);
  }

  @Override
  public void close() {
    screen.close();
  }
}
