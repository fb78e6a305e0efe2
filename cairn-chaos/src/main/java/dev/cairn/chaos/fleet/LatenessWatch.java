package dev.cairn.chaos.fleet;

import java.util.concurrent.TimeUnit;
import java.util.function.LongConsumer;

/**
 * Measures how late the machine is. A thread sleeps for a while, runs a probe that never waits, and
 * measures how much longer that took than planned. What a client misses on a late machine is not
 * Cairn's fault.
 */
final class LatenessWatch {
  /** The shortest lateness that is noted. */
  private static final long NOTICEABLE_MILLIS = 100;

  private static final long INTERVAL_MILLIS = 50;

  private final Probe probe;
  private final LongConsumer late;

  private LatenessWatch(Probe probe, LongConsumer late) {
    this.probe = probe;
    this.late = late;
  }

  /**
   * Measures until this process ends.
   *
   * @param late called with each noticeable lateness, in milliseconds
   */
  static void begin(Probe probe, LongConsumer late) {
    var watch = new LatenessWatch(probe, late);
    Thread.ofPlatform().name("lateness-watch").daemon(true).start(watch::watch);
  }

  private void watch() {
    try {
      while (true) {
        long due = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(INTERVAL_MILLIS);
        TimeUnit.MILLISECONDS.sleep(INTERVAL_MILLIS);
        probe.run();
        long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - due);
        if (millis >= NOTICEABLE_MILLIS) {
          late.accept(millis);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** A short action that never waits on an idle machine. */
  @FunctionalInterface
  interface Probe {
    void run();
  }
}
