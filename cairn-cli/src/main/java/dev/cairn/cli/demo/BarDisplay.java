package dev.cairn.cli.demo;

import static dev.cairn.cli.Picture.Control.CLEAR_REST_OF_LINE;
import static dev.cairn.cli.Picture.Control.NEW_LINE;
import static dev.cairn.cli.Picture.Control.RETURN;

import dev.cairn.cli.Output;
import dev.cairn.cli.Picture;
import dev.cairn.cli.TextWidth;
import java.time.InstantSource;

/** For a terminal: a bar that moves, and above it the lines that stay. Used by one thread. */
final class BarDisplay implements Display {
  private static final int REFRESH_MS = 100;

  private final Output out;
  private final InstantSource clock;
  private final ProgressLine words;
  private String bar = "";
  private long refreshAtMs;

  BarDisplay(Output out, InstantSource clock) {
    this.out = out;
    this.clock = clock;
    this.words = new ProgressLine(clock);
  }

  @Override
  public void progress(JobStatus status) {
    long now = clock.millis();
    String text = words.text(status);
    if (now >= refreshAtMs || status.isOver()) {
      refreshAtMs = now + REFRESH_MS;
      int columns = out.columns();
      String line = ProgressLine.bar(status, columns) + "  " + text;
      // The bar must not wrap, and some terminals break the line when its last column is filled.
      bar = TextWidth.fit(line, columns - 1);
      draw();
    }
  }

  @Override
  public void line(String text) {
    out.draw(cleared().text(text).control(NEW_LINE));
    draw();
  }

  @Override
  public void end() {
    if (!bar.isEmpty()) {
      out.draw(new Picture().control(NEW_LINE));
      bar = "";
    }
  }

  private void draw() {
    out.draw(cleared().text(bar));
  }

  private static Picture cleared() {
    return new Picture().control(RETURN, CLEAR_REST_OF_LINE);
  }
}
