package dev.cairn;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Measures how late the machine is, for tests of how long something takes at most. A thread waits
 * again and again for a moment, runs a probe, and adds up how much longer that took than it does on
 * an idle machine. On an idle machine, the sum is almost zero.
 */
public final class Lateness implements AutoCloseable {
  private static final Duration PAUSE = Duration.ofMillis(20);

  /** Less than this is not late. */
  private static final Duration USUAL = Duration.ofMillis(10);

  private final Runnable probe;
  private final CountDownLatch end = new CountDownLatch(1);
  private final AtomicLong lateNanos = new AtomicLong();
  private final Thread thread;

  /**
   * Measures from now on.
   *
   * @param probe takes a few milliseconds on an idle machine
   */
  public Lateness(Runnable probe) {
    this.probe = probe;
    this.thread = Thread.ofPlatform().name("lateness").daemon(true).start(this::measure);
  }

  private void measure() {
    try {
      boolean ended = false;
      while (!ended) {
        long begin = System.nanoTime();
        ended = end.await(PAUSE.toNanos(), TimeUnit.NANOSECONDS);
        probe.run();
        long late = System.nanoTime() - begin - PAUSE.plus(USUAL).toNanos();
        lateNanos.addAndGet(Math.max(late, 0));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** How late the machine has been altogether. */
  public Duration soFar() {
    return Duration.ofNanos(lateNanos.get());
  }

  @Override
  public void close() {
    end.countDown();
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
