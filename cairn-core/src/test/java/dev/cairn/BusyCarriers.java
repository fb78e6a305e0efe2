package dev.cairn;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/** Keeps every carrier of virtual threads busy, as jobs do that only compute. */
public final class BusyCarriers implements AutoCloseable {
  private final List<Thread> threads = new ArrayList<>();
  private volatile boolean ended;

  /** Begins; returns when all of them compute. */
  public BusyCarriers() {
    int carriers =
        Integer.getInteger(
            "jdk.virtualThreadScheduler.parallelism", Runtime.getRuntime().availableProcessors());
    var running = new CountDownLatch(carriers);
    for (int i = 0; i < carriers; i++) {
      threads.add(Thread.ofVirtual().start(() -> compute(running)));
    }
    try {
      running.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private void compute(CountDownLatch running) {
    running.countDown();
    while (!ended) {
      Thread.onSpinWait();
    }
  }

  @Override
  public void close() {
    ended = true;
    for (Thread thread : threads) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }
  }
}
