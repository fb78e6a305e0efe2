package dev.cairn.internal.concurrent;

import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/** A doorbell: any number of rings while no thread waits count as one. One thread may wait. */
public final class Wakeup {
  private final AtomicBoolean rung = new AtomicBoolean();
  private final Semaphore bell = new Semaphore(0);

  /** Wakes the waiting thread, or lets its next wait return at once. Cheap if already rung. */
  public void ring() {
    if (!rung.get() && rung.compareAndSet(false, true)) {
      bell.release();
    }
  }

  /** Returns at the next ring, or after {@code timeout}. An interrupt does not end the wait. */
  public void await(Duration timeout) {
    if (acquireUninterruptibly(timeout)) {
      rung.set(false);
    }
  }

  private boolean acquireUninterruptibly(Duration timeout) {
    long deadline = System.nanoTime() + Nanos.of(timeout);
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return bell.tryAcquire(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
