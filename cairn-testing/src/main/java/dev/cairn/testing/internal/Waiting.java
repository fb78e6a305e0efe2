package dev.cairn.testing.internal;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * A call that hangs.
 *
 * @param released counted down to let the call continue
 */
record Waiting(CountDownLatch released) {
  Waiting() {
    this(new CountDownLatch(1));
  }

  /**
   * Waits until somebody releases the call, its disturbance is closed, or the time has passed. An
   * interrupt ends it on a virtual thread, whose connection the driver closes then; on a platform
   * thread nothing notices it.
   *
   * @return whether it was released
   */
  boolean await(Disturbance disturbance, long nanos) {
    disturbance.releases(released);
    long end = System.nanoTime() + nanos;
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return released.await(end - System.nanoTime(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
          interrupted = true;
          if (Thread.currentThread().isVirtual()) {
            return false;
          }
        }
      }
    } finally {
      disturbance.goesOn(released);
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
