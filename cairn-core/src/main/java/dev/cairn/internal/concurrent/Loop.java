package dev.cairn.internal.concurrent;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A service that runs turn after turn on a platform thread of its own. The thread is platform, not
 * virtual, so that busy jobs cannot starve it, and is stopped by flag and doorbell, never by an
 * interrupt, since it may be inside JDBC. A turn that throws is logged and tried again after a
 * pause that grows. {@code start}, {@code stop} and {@code join} may be called in any order and
 * more than once.
 */
public final class Loop {
  /** Waits until the doorbell rings. */
  public static final Duration UNTIL_RUNG = Duration.ofDays(1);

  private static final Logger log = LoggerFactory.getLogger(Loop.class);
  private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);

  private final String name;
  private final Turn turn;
  private final Wakeup wakeup = new Wakeup();
  private volatile boolean stopping;
  private @Nullable Thread thread;

  public Loop(String name, Turn turn) {
    this.name = name;
    this.turn = turn;
  }

  public synchronized void start() {
    if (thread == null && !stopping) {
      thread =
          Thread.ofPlatform()
              .name(name)
              .daemon(true)
              .inheritInheritableThreadLocals(false)
              .start(this::run);
    }
  }

  /** Begins the next turn without waiting for its time. */
  public void ring() {
    wakeup.ring();
  }

  /** Lets the current turn end and runs no further one. */
  public void stop() {
    stopping = true;
    wakeup.ring();
  }

  public boolean isStopping() {
    return stopping;
  }

  /** Waits for the loop to end; false if it has not within {@code timeout}. */
  public boolean join(Duration timeout) {
    Thread started;
    synchronized (this) {
      started = thread;
    }
    try {
      return started == null || started.join(timeout);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private void run() {
    Duration pause = FIRST_PAUSE;
    while (!stopping) {
      Duration wait;
      try {
        wait = turn.run();
        pause = FIRST_PAUSE;
      } catch (RuntimeException | Error e) {
        log.warn("{} failed, next try in {} ms: {}", name, pause.toMillis(), e.toString(), e);
        wait = pause;
        pause = doubled(pause);
      }
      if (!wait.isZero() && !stopping) {
        wakeup.await(wait);
      }
    }
  }

  private static Duration doubled(Duration pause) {
    Duration twice = pause.multipliedBy(2);
    return twice.compareTo(LONGEST_PAUSE) < 0 ? twice : LONGEST_PAUSE;
  }

  /** One round of the service's work. */
  @FunctionalInterface
  public interface Turn {
    /** Returns how long to wait for the next turn; zero means not at all. */
    Duration run();
  }
}
