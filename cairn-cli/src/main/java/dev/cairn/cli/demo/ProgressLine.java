package dev.cairn.cli.demo;

import dev.cairn.cli.demo.InventoryTables.Progress;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;

/** Puts the progress of the job into words, with its rate over the last seconds. */
final class ProgressLine {
  private static final Duration WINDOW = Duration.ofSeconds(4);
  private static final int BAR_LEAST = 20;
  private static final int BAR_MOST = 60;

  /** What stands beside the bar fits into the rest of as many columns. */
  private static final int COLUMNS_OF_LEAST = 85;

  private final InstantSource clock;
  private final Deque<Sample> samples = new ArrayDeque<>();

  ProgressLine(InstantSource clock) {
    this.clock = clock;
  }

  private record Sample(long atMs, long files) {}

  /** For example {@code hash 12,345 of 46,123 files, 9,100/s, 0:04 left}. */
  String text(JobStatus status) {
    if (status.progress().isEmpty()) {
      return "scan       counting the files" + waiting(status);
    }
    Progress progress = status.progress().get();
    double rate = rate(progress.files());
    long left = progress.found().files() - progress.files();
    return "%-9s  %s of %s, %s/s%s%s"
        .formatted(
            status.step(),
            Figures.count(progress.files()),
            Figures.files(progress.found().files()),
            Figures.count(Math.round(rate)),
            left > 0 && rate > 0
                ? ", %s left".formatted(Figures.clock(Duration.ofSeconds((long) (left / rate) + 1)))
                : "",
            waiting(status));
  }

  /** For example {@code [#######-------------] 35 %}, longer on a wide terminal. */
  static String bar(JobStatus status, int columns) {
    int length = Math.clamp((long) BAR_LEAST + columns - COLUMNS_OF_LEAST, BAR_LEAST, BAR_MOST);
    int filled = (int) (share(status) * length);
    return "[%s%s] %5s"
        .formatted("#".repeat(filled), "-".repeat(length - filled), Figures.percent(share(status)));
  }

  static double share(JobStatus status) {
    return status
        .progress()
        .map(it -> it.found().files() == 0 ? 1.0 : (double) it.files() / it.found().files())
        .orElse(0.0);
  }

  private static String waiting(JobStatus status) {
    return status.hasWorker() || status.isOver() ? "" : ", no worker";
  }

  private double rate(long files) {
    long now = clock.millis();
    samples.addLast(new Sample(now, files));
    while (now - samples.getFirst().atMs() > WINDOW.toMillis()) {
      samples.removeFirst();
    }
    Sample first = samples.getFirst();
    return now == first.atMs() ? 0 : (files - first.files()) * 1000.0 / (now - first.atMs());
  }
}
