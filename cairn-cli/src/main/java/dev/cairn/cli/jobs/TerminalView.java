package dev.cairn.cli.jobs;

import static dev.cairn.cli.Picture.Control.CLEAR_BELOW;
import static dev.cairn.cli.Picture.Control.CLEAR_REST_OF_LINE;
import static dev.cairn.cli.Picture.Control.HIDE_CURSOR;
import static dev.cairn.cli.Picture.Control.NEW_LINE;
import static dev.cairn.cli.Picture.Control.NO_WRAP;
import static dev.cairn.cli.Picture.Control.RETURN;
import static dev.cairn.cli.Picture.Control.SHOW_CURSOR;
import static dev.cairn.cli.Picture.Control.WRAP;

import dev.cairn.cli.Output;
import dev.cairn.cli.Picture;
import dev.cairn.jobs.JobProgress;
import dev.cairn.jobs.StepProgress;
import java.util.List;

/**
 * Draws in place. Lines are never broken, so that a terminal that is too narrow cuts them instead
 * of spoiling the picture. Thread-safe: Ctrl-C closes it from another thread.
 */
final class TerminalView implements WatchView {
  private final Output out;
  private final ProgressText text;
  private int drawn;
  private boolean begun;
  private boolean closed;

  TerminalView(Output out, ProgressText text) {
    this.out = out;
    this.text = text;
  }

  @Override
  public void show(JobProgress progress, List<StepProgress> steps) {
    draw(text.frame(progress, steps));
  }

  private synchronized void draw(List<String> lines) {
    if (closed) {
      return;
    }
    var picture = new Picture();
    if (!begun) {
      picture.control(HIDE_CURSOR, NO_WRAP);
      begun = true;
    }
    if (drawn > 0) {
      picture.up(drawn);
    }
    for (String line : lines) {
      picture.control(RETURN).text(line).control(CLEAR_REST_OF_LINE, NEW_LINE);
    }
    drawn = lines.size();
    out.draw(picture.control(CLEAR_BELOW));
  }

  @Override
  public synchronized void end(String line) {
    if (!closed) {
      out.draw(new Picture().control(RETURN).text(line).control(CLEAR_REST_OF_LINE, NEW_LINE));
    }
  }

  @Override
  public synchronized void close() {
    if (begun && !closed) {
      out.draw(new Picture().control(RETURN, WRAP, SHOW_CURSOR));
    }
    closed = true;
  }
}
