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

  TerminalView(Output out, boolean unicode) {
    this.out = out;
    this.screen = new Screen(out);
    this.unicode = unicode;
  }

  @Override
  public void show(JobProgress progress, List<StepProgress> steps) {
    screen.draw(new ProgressText(unicode, out.columns()).frame(progress, steps));
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
