package dev.cairn.cli;

import static dev.cairn.cli.Picture.Control.CLEAR_BELOW;
import static dev.cairn.cli.Picture.Control.CLEAR_REST_OF_LINE;
import static dev.cairn.cli.Picture.Control.HIDE_CURSOR;
import static dev.cairn.cli.Picture.Control.NEW_LINE;
import static dev.cairn.cli.Picture.Control.NO_WRAP;
import static dev.cairn.cli.Picture.Control.RETURN;
import static dev.cairn.cli.Picture.Control.SHOW_CURSOR;
import static dev.cairn.cli.Picture.Control.WRAP;

import java.util.List;

/**
 * Lines of a terminal that are drawn again and again in the same place. They are never broken, so
 * that a terminal that is too narrow cuts them instead of spoiling the picture. Thread-safe: Ctrl-C
 * closes it from another thread.
 */
public final class Screen implements AutoCloseable {
  private final Output out;
  private int drawn;
  private boolean begun;
  private boolean closed;

  /** Creates an empty screen. */
  public Screen(Output out) {
    this.out = out;
  }

  /** Replaces what was drawn before. */
  public synchronized void draw(List<String> lines) {
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

  /** Prints a line that stays, below what is drawn, which then stays as well. */
  public synchronized void line(String line) {
    if (!closed) {
      drawn = 0;
      out.draw(new Picture().control(RETURN).text(line).control(CLEAR_REST_OF_LINE, NEW_LINE));
    }
  }

  /** Leaves the terminal as it was. */
  @Override
  public synchronized void close() {
    if (begun && !closed) {
      out.draw(new Picture().control(RETURN, WRAP, SHOW_CURSOR));
    }
    closed = true;
  }
}
