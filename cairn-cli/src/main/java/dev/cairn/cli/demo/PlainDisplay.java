package dev.cairn.cli.demo;

import dev.cairn.cli.Output;
import java.time.InstantSource;

/** For a file or a pipe: a line now and then. Used by one thread. */
final class PlainDisplay implements Display {
  private static final int INTERVAL_MS = 1_000;

  private final Output out;
  private final InstantSource clock;
  private final ProgressLine words;
  private long nextAtMs;

  PlainDisplay(Output out, InstantSource clock) {
    this.out = out;
    this.clock = clock;
    this.words = new ProgressLine(clock);
  }

  @Override
  public void progress(JobStatus status) {
    String text = words.text(status);
    long now = clock.millis();
    if (now >= nextAtMs || status.isOver()) {
      nextAtMs = now + INTERVAL_MS;
      line("%5s  %s".formatted(Figures.percent(ProgressLine.share(status)), text));
    }
  }

  @Override
  public void line(String text) {
    out.line(text);
  }

  @Override
  public void end() {
    // There is nothing to clear.
  }
}
