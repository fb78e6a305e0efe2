package dev.cairn.testing;

import dev.cairn.TimeLimitException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The time limits of parts of one attempt, by the real clock. A forked thread inherits the limits
 * of the thread that forks it. Thread-safe.
 */
final class TimeLimits {
  /** The innermost one of each thread. */
  private final Map<Thread, Limit> running = new ConcurrentHashMap<>();

  <T extends @Nullable Object> T run(Duration time, String what, Callable<T> body)
      throws Exception {
    if (!time.isPositive()) {
      throw new IllegalArgumentException("a time limit must be positive, not " + time);
    }
    Thread thread = Thread.currentThread();
    Limit outer = running.get(thread);
    var limit = new Limit(thread, time, what, outer);
    running.put(thread, limit);
    Thread timer =
        Thread.ofVirtual()
            .name("cairn-time-limit")
            .inheritInheritableThreadLocals(false)
            .start(limit::await);
    try {
      return body.call();
    } catch (Exception e) {
      throw limit.isOver() ? limit.exception(e) : e;
    } finally {
      limit.end();
      timer.interrupt();
      if (outer == null) {
        running.remove(thread);
      } else {
        running.put(thread, outer);
      }
    }
  }

  /** Called before the thread starts. */
  void inherit(Thread forked) {
    Limit limit = running.get(Thread.currentThread());
    if (limit != null) {
      running.put(forked, limit);
      if (limit.isOver() || limit.isOuterOver()) {
        forked.interrupt();
      }
    }
  }

  /** Notes that the calling thread, which was forked, ends. */
  void leave() {
    running.remove(Thread.currentThread());
  }

  /**
   * A point of interruption.
   *
   * @throws TimeLimitException if the time of the calling thread is over
   */
  void check() {
    Limit limit = running.get(Thread.currentThread());
    while (limit != null) {
      if (limit.hasPassed()) {
        throw limit.exception(null);
      }
      limit = limit.outer;
    }
  }

  /** The time of one piece of code. */
  private final class Limit {
    private final Thread thread;
    private final Duration time;
    private final String what;
    private final @Nullable Limit outer;
    private final long begunNanos = System.nanoTime();
    private boolean ended;
    private boolean over;

    Limit(Thread thread, Duration time, String what, @Nullable Limit outer) {
      this.thread = thread;
      this.time = time;
      this.what = what;
      this.outer = outer;
    }

    void await() {
      try {
        Thread.sleep(time);
      } catch (InterruptedException e) {
        return;
      }
      synchronized (this) {
        if (!ended) {
          over = true;
          running.forEach((each, innermost) -> {
            if (innermost.isWithin(this)) {
              each.interrupt();
            }
          });
        }
      }
    }

    /** By the clock: the timer is late while all processors are busy. */
    synchronized boolean hasPassed() {
      over |= !ended && Duration.ofNanos(System.nanoTime() - begunNanos).compareTo(time) >= 0;
      return over;
    }

    private boolean isWithin(Limit other) {
      return other == this || (outer != null && outer.isWithin(other));
    }

    synchronized boolean isOver() {
      return over;
    }

    /**
     * Clears its own interrupt, and sends that of the enclosing limit again if its time is over.
     */
    synchronized void end() {
      ended = true;
      if (over) {
        boolean ignored = Thread.interrupted();
        if (isOuterOver()) {
          thread.interrupt();
        }
      }
    }

    private boolean isOuterOver() {
      return outer != null && (outer.isOver() || outer.isOuterOver());
    }

    TimeLimitException exception(@Nullable Throwable cause) {
      return new TimeLimitException(
          "%s ran longer than the %s ms of its WorkContext.within or Steps.timeout [CAIRN-503]"
              .formatted(what, time.toMillis()),
          cause);
    }
  }
}
