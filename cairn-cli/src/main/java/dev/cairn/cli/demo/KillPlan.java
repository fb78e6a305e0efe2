package dev.cairn.cli.demo;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Random;

/** When to kill: moments spread over the work at random, the same for the same seed. */
final class KillPlan {
  /** Stands for the step that counts the files, whose length is unknown beforehand. */
  private static final double SCAN_SHARE = 0.05;

  /** No kill is planned for the very end, where the job may be faster. */
  private static final double LATEST = 0.95;

  private static final int DELAY_MS_MAX = 40;

  private final Deque<Moment> moments = new ArrayDeque<>();

  KillPlan(int kills, long seed) {
    var random = new Random(seed);
    for (int i = 0; i < kills; i++) {
      double share = LATEST * (i + random.nextDouble()) / kills;
      moments.add(new Moment(share, random.nextInt(DELAY_MS_MAX + 1)));
    }
  }

  /**
   * @param share of the work, 0 to 1
   * @param delayMs how long to wait once that much is done, so that kills do not follow commits
   */
  record Moment(double share, int delayMs) {
    boolean hasCome(JobStatus status) {
      return status
          .progress()
          .map(progress -> hasCome(progress.files(), progress.found()))
          .orElse(share < SCAN_SHARE);
    }

    /** Whether the moment has come when this many of the found files are in the table. */
    boolean hasCome(long files, Found found) {
      return files >= found.files() * (share - SCAN_SHARE) / (1 - SCAN_SHARE);
    }
  }

  /** Whether the work has come to the next moment. */
  boolean isDue(JobStatus status) {
    return status.hasWorker() && !moments.isEmpty() && moments.peek().hasCome(status);
  }

  /** Whether all moments were taken. */
  boolean isOver() {
    return moments.isEmpty();
  }

  /** The next moment. */
  Moment next() {
    return moments.element();
  }

  /** Takes the next moment: the attack has come. */
  void take() {
    moments.remove();
  }

  /** The moments that were not taken. */
  List<Moment> left() {
    return List.copyOf(moments);
  }
}
