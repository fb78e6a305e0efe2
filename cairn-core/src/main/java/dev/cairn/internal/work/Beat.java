package dev.cairn.internal.work;

import dev.cairn.internal.concurrent.Nanos;
import dev.cairn.internal.store.ClientStore.Pulse;
import dev.cairn.internal.store.ClientStore.Written;
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
  private volatile @Nullable Long sentNanos;
  private volatile @Nullable Written written;
  private volatile boolean confirmed;
  private volatile @Nullable Throwable failure;

  private Beat(Pulse pulse, Sign sign, @Nullable ClassLoader loader) {
    this.pulse = pulse;
    this.sign = sign;
    this.loader = loader;
  }

  @FunctionalInterface
  private interface Sign {
    boolean give(Beat beat);
  }

  /** Registers the client, or renews its lease. */
  static Beat heartbeat(Pulse pulse, @Nullable ClassLoader loader) {
    return new Beat(pulse, Beat::beat, loader);
  }

  /** Signs the client off. */
  static Beat farewell(Pulse pulse, @Nullable ClassLoader loader) {
    return new Beat(pulse, beat -> beat.pulse.signOff(), loader);
  }

  /** Returns the connection of the pulse. */
  static Beat closing(Pulse pulse, @Nullable ClassLoader loader) {
    return new Beat(
        pulse,
        beat -> {
          beat.pulse.close();
          return true;
        },
        loader);
  }

  private boolean beat() {
    Written answer = pulse.beat(() -> sentNanos = System.nanoTime()).orElse(null);
    written = answer;
    return answer != null;
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
      confirmed = sign.give(this);
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

  Pulse pulse() {
    return pulse;
  }

  /** Whether it had a connection, and its statement was sent. */
  boolean isSent() {
    return sentNanos != null;
  }

  /** When its statement was sent, or else when it began. */
  long sentNanos() {
    Long sent = sentNanos;
    return sent == null ? begunNanos : sent;
  }

  /** What a heartbeat has written; null if it has written nothing, or is not over. */
  @Nullable Written written() {
    return written;
  }

  long begunNanos() {
    return begunNanos;
  }

  @Nullable Throwable failure() {
    return failure;
  }
}
