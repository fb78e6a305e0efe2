package dev.cairn.cli.demo;

import java.io.PrintWriter;
import java.time.InstantSource;

/** For a terminal: a bar that moves, and above it the lines that stay. Used by one thread. */
final class BarDisplay implements Display {
  private static final String CLEAR_LINE = "\r\u001b[K";
  private static final int REFRESH_MS = 100;

  /** The bar must not wrap, and nobody tells us how wide the terminal is. */
  private static final int WIDTH = 79;

  private final PrintWriter out;
  private final InstantSource clock;
  private final ProgressLine words;
  private String bar = "";
  private long refreshAtMs;

  BarDisplay(PrintWriter out, InstantSource clock) {
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
      String line = ProgressLine.bar(status) + "  " + text;
      bar = line.substring(0, Math.min(line.length(), WIDTH));
      draw();
    }
  }

  @Override
  public void line(String text) {
    out.print(CLEAR_LINE);
    out.println(text);
    draw();
  }

  @Override
  public void end() {
    if (!bar.isEmpty()) {
      out.println();
      out.flush();
      bar = "";
    }
  }

  private void draw() {
    out.print(CLEAR_LINE);
    out.print(bar);
    out.flush();
  }
}
