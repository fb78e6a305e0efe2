package dev.cairn.internal.work;

import dev.cairn.internal.concurrent.Nanos;
import dev.cairn.internal.foreign.Log;
import java.time.Duration;

/** When an attempt last saved a checkpoint or reported progress. Thread-safe. */
final class LastMove {
  private static final Log log = Log.of(LastMove.class);

  private final Attempt attempt;
  private final Duration shutdownGrace;
  private volatile long savedNanos;
  private volatile long reportedNanos;
  private volatile boolean warned;

  LastMove(Attempt attempt, Duration shutdownGrace) {
    this.attempt = attempt;
    this.shutdownGrace = shutdownGrace;
    this.savedNanos = attempt.time().startedNanos();
    this.reportedNanos = savedNanos;
  }

  /** Notes that a checkpoint was saved. */
  void moved() {
    long now = System.nanoTime();
    if (!warned) {
      warnIfTooLong(now - savedNanos);
    }
    savedNanos = now;
  }

  /** Notes that progress was reported. */
  void working() {
    reportedNanos = System.nanoTime();
  }

  /** The later of the two, or else when the attempt began, in {@link System#nanoTime()}. */
  long lastNanos() {
    long saved = savedNanos;
    long reported = reportedNanos;
    return reported - saved > 0 ? reported : saved;
  }

  /** Warns if the job could not be stopped in time between two checkpoints (R22). */
  private void warnIfTooLong(long nanos) {
    if (nanos > Nanos.of(shutdownGrace)) {
      warned = true;
      log.warn(
          "{} had no checkpoint for {}, longer than the shutdown grace of {}: it could not have"
              + " stopped in time [CAIRN-511]",
          attempt.describe(),
          Duration.ofNanos(nanos),
          shutdownGrace);
    }
  }
}
