package dev.cairn.cli.jobs;

import dev.cairn.JobProgress;
import dev.cairn.StepProgress;
import java.io.PrintWriter;
import java.util.List;

/**
 * Draws in place. Lines are never broken, so that a terminal that is too narrow cuts them instead
 * of spoiling the picture. Thread-safe: Ctrl-C closes it from another thread.
 */
final class TerminalView implements WatchView {
  private static final String HIDE_CURSOR = "\u001b[?25l";
  private static final String SHOW_CURSOR = "\u001b[?25h";
  private static final String NO_WRAP = "\u001b[?7l";
  private static final String WRAP = "\u001b[?7h";
  private static final String CLEAR_REST_OF_LINE = "\u001b[K";
  private static final String CLEAR_BELOW = "\u001b[J";

  private final PrintWriter out;
  private final ProgressText text;
  private int drawn;
  private boolean begun;
  private boolean closed;

  TerminalView(PrintWriter out, ProgressText text) {
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
    var picture = new StringBuilder();
    if (!begun) {
      picture.append(HIDE_CURSOR).append(NO_WRAP);
      begun = true;
    }
    if (drawn > 0) {
      picture.append("\u001b[").append(drawn).append('A');
    }
    for (String line : lines) {
      picture.append('\r').append(line).append(CLEAR_REST_OF_LINE).append('\n');
    }
    picture.append(CLEAR_BELOW);
    drawn = lines.size();
    out.print(picture);
    out.flush();
  }

  @Override
  public synchronized void end(String line) {
    if (!closed) {
      out.print('\r' + line + CLEAR_REST_OF_LINE + '\n');
      out.flush();
    }
  }

  @Override
  public synchronized void close() {
    if (begun && !closed) {
      out.print('\r' + WRAP + SHOW_CURSOR);
      out.flush();
    }
    closed = true;
  }
}
