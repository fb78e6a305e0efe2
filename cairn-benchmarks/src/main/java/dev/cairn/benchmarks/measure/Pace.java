package dev.cairn.benchmarks.measure;

import java.util.concurrent.locks.LockSupport;

/** Waits until the planned time of an insertion. */
public final class Pace {
  private Pace() {}

  /** Returns at this time of {@link System#nanoTime()}, or at once if it has passed. */
  public static void waitUntil(long nanos) {
    for (long left = nanos - System.nanoTime(); left > 0; left = nanos - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
  }
}
