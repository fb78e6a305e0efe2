package dev.cairn.internal.work;

import dev.cairn.internal.concurrent.Nanos;
import dev.cairn.internal.store.ClientStore.Pulse;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One heartbeat, on its own thread. The system may start the thread late, when this client already
 * sends the next heartbeat, on another pulse. So the beat has a pulse of its own from the
 * beginning.
 */
final class Beat {
  private final Pulse pulse;
  private final Sign sign;
  private final @Nullable ClassLoader loader;
  private final CountDownLatch over = new CountDownLatch(1);
  private final long begunNanos = System.nanoTime();
  private volatile boolean confirmed;
  private volatile @Nullable Throwable failure;

  Beat(Pulse pulse, Sign sign, @Nullable ClassLoader loader) {
    this.pulse = pulse;
    this.sign = sign;
    this.loader = loader;
  }

  @FunctionalInterface
  interface Sign {
    boolean give(Pulse pulse);
  }

  void start() {
    try {
      Thread thread =
          Thread.ofPlatform()
              .name("cairn-beat")
              .daemon(true)
              .inheritInheritableThreadLocals(false)
              .unstarted(this::run);
      thread.setContextClassLoader(loader);
      thread.start();
    } catch (Throwable e) {
      failure = e;
      over.countDown();
    }
  }

  private void run() {
    try {
      confirmed = sign.give(pulse);
    } catch (Throwable e) {
      failure = e;
    } finally {
      over.countDown();
    }
  }

  /** Waits for the answer; false if there is none within this time. */
  boolean await(Duration time) {
    return await(over, time);
  }

  static boolean await(CountDownLatch latch, Duration time) {
    boolean interrupted = false;
    long end = System.nanoTime() + Nanos.of(time);
    try {
      while (true) {
        try {
          return latch.await(end - System.nanoTime(), TimeUnit.NANOSECONDS);
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

  boolean isOver() {
    return over.getCount() == 0;
  }

  boolean isConfirmed() {
    return confirmed;
  }

  long begunNanos() {
    return begunNanos;
  }

  @Nullable Throwable failure() {
    return failure;
  }
}
