package dev.cairn.internal.concurrent;

import dev.cairn.internal.foreign.Log;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A service that runs turn after turn on a platform thread of its own. The thread is a platform
 * thread, so that busy jobs cannot starve it. The loop is stopped by a flag and the doorbell, and
 * never by an interrupt, because its thread may be inside JDBC. If a turn throws anything, the
 * failure is logged, and the turn is retried after a growing pause. Rings do not shorten the pause
 * below a second. {@code start}, {@code stop} and {@code join} may be called in any order and more
 * than once. The thread has the context class loader of the thread that created the loop, because
 * users' code runs on it.
 */
public final class Loop {
  /** Waits until the doorbell rings. */
  public static final Duration UNTIL_RUNG = Duration.ofDays(1);

  private static final Log log = Log.of(Loop.class);
  private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
  private static final long FIRST_PAUSE_NANOS = FIRST_PAUSE.toNanos();
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);

  /**
   * The longest time during which rings are ignored after a failure. During an outage, every job
   * that ends rings the doorbell, which is no reason to retry at once.
   */
  private static final Duration LONGEST_DEAF = Duration.ofSeconds(1);

  private final String name;
  private final Turn turn;
  private final Runnable lastly;
  private final @Nullable ClassLoader loader = Thread.currentThread().getContextClassLoader();
  private final Wakeup wakeup = new Wakeup();
  private final Wakeup halt = new Wakeup();
  private volatile boolean stopping;
  private volatile @Nullable Long failingSinceNanos;
  private @Nullable Thread thread;

  /** A loop that is not started. */
  public Loop(String name, Turn turn) {
    this(name, turn, () -> {});
  }

  /**
   * A loop that is not started, with a last action.
   *
   * @param lastly the last action of its thread, after the last turn
   */
  public Loop(String name, Turn turn, Runnable lastly) {
    this.name = name;
    this.turn = turn;
    this.lastly = lastly;
  }

  /** Starts the thread, unless it was started or the loop was stopped. */
  public synchronized void start() {
    if (thread == null && !stopping) {
      Thread made =
          Thread.ofPlatform()
              .name(name)
              .daemon(true)
              .inheritInheritableThreadLocals(false)
              .unstarted(this::run);
      made.setContextClassLoader(loader);
      made.start();
      thread = made;
    }
  }

  /** Begins the next turn without waiting for its time. */
  public void ring() {
    wakeup.ring();
  }

  /** Stops the loop after the current turn. */
  public void stop() {
    stopping = true;
    halt.ring();
    wakeup.ring();
  }

  public boolean isStopping() {
    return stopping;
  }

  /** For how long all turns have failed; empty if the last one did not fail. */
  public Optional<Duration> failingFor() {
    return Optional.ofNullable(failingSinceNanos)
        .map(since -> Duration.ofNanos(System.nanoTime() - since));
  }

  /** The loop's thread; empty before it was started. */
  public synchronized Optional<Thread> thread() {
    return Optional.ofNullable(thread);
  }

  /**
   * Waits for the loop to end; false if it has not ended within {@code timeout}. Continues to wait
   * if interrupted, so that the loop has its full time to end.
   */
  public boolean join(Duration timeout) {
    Optional<Thread> started = thread();
    return started.isEmpty() || joinUninterruptibly(started.get(), timeout);
  }

  private static boolean joinUninterruptibly(Thread thread, Duration timeout) {
    long end = System.nanoTime() + Nanos.of(timeout);
    boolean interrupted = false;
    try {
      while (true) {
        Duration rest = Duration.ofNanos(end - System.nanoTime());
        try {
          return rest.isPositive() ? thread.join(rest) : !thread.isAlive();
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

  private void run() {
    Duration pause = FIRST_PAUSE;
    while (!stopping) {
      try {
        pause = runTurn(pause);
      } catch (Throwable e) {
        // There was not enough memory even to handle a failure; there may be more in a moment.
        // Nothing here may allocate memory, or this thread ends.
        LockSupport.parkNanos(FIRST_PAUSE_NANOS);
      }
    }
    try {
      lastly.run();
    } catch (Throwable e) {
      log.warn("{} failed while it stopped [CAIRN-528]", name, e);
    }
  }

  /** Returns the pause after the next failure. */
  private Duration runTurn(Duration pause) {
    Duration deaf = Duration.ZERO;
    Duration wait;
    Duration next = FIRST_PAUSE;
    try {
      wait = turn.run();
      failingSinceNanos = null;
    } catch (Throwable e) {
      if (stopping) {
        log.debug("{} failed while it was stopping", name, e);
        return pause;
      }
      if (failingSinceNanos == null) {
        failingSinceNanos = System.nanoTime();
      }
      log.warn("{} failed, next try in {} [CAIRN-526]", name, pause, e);
      deaf = shorter(pause, LONGEST_DEAF);
      wait = pause.minus(deaf);
      next = shorter(pause.multipliedBy(2), LONGEST_PAUSE);
    }
    // Only user code can have set the flag, because Cairn never interrupts this thread.
    boolean ignored = Thread.interrupted();
    if (!deaf.isZero()) {
      halt.await(deaf);
    }
    if (!wait.isZero() && !stopping) {
      wakeup.await(wait);
    }
    return next;
  }

  private static Duration shorter(Duration one, Duration other) {
    return one.compareTo(other) < 0 ? one : other;
  }

  /** One round of the service's work. */
  @FunctionalInterface
  public interface Turn {
    /** Returns how long to wait before the next turn; zero to start it at once. */
    Duration run();
  }
}
