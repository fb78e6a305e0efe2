package dev.cairn.internal.work;

import dev.cairn.TimeLimitException;
import dev.cairn.internal.concurrent.Nanos;
import dev.cairn.internal.text.DurationText;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The time limits of parts of one attempt. Each applies to the thread that set it, and to the
 * threads that are forked while it applies. Thread-safe.
 */
final class TimeLimits {
  private final InterruptGate gate;

  /** The innermost limit of each thread; null until there was one, as in most attempts. */
  private volatile @Nullable Map<Thread, Limit> running;

  TimeLimits(InterruptGate gate) {
    this.gate = gate;
  }

  <T extends @Nullable Object> T run(Duration time, String what, Callable<T> body)
      throws Exception {
    if (!time.isPositive()) {
      throw new IllegalArgumentException("a time limit must be positive, not " + time);
    }
    Thread thread = Thread.currentThread();
    Map<Thread, Limit> running = started();
    Limit outer = running.get(thread);
    var limit = new Limit(time, what, outer);
    running.put(thread, limit);
    limit.timer.start();
    try {
      return body.call();
    } catch (Exception e) {
      throw limit.isOver() ? limit.exception(e) : e;
    } finally {
      limit.end();
      limit.timer.interrupt();
      if (outer == null) {
        running.remove(thread);
      } else {
        running.put(thread, outer);
      }
      if (limit.isOver()) {
        gate.clear();
        // That may also have cleared the interrupt of an outer limit, which must not be lost.
        interruptIfOver(thread, outer);
      }
    }
  }

  private synchronized Map<Thread, Limit> started() {
    Map<Thread, Limit> limits = running;
    if (limits == null) {
      limits = new ConcurrentHashMap<>();
      running = limits;
    }
    return limits;
  }

  private @Nullable Limit ofCaller() {
    Map<Thread, Limit> limits = running;
    return limits == null ? null : limits.get(Thread.currentThread());
  }

  /** A forked thread inherits the limits of the thread that forks it. */
  void inherit(Thread thread) {
    Limit limit = ofCaller();
    if (limit != null) {
      started().put(thread, limit);
      interruptIfOver(thread, limit);
    }
  }

  /** Notes that the calling thread, a forked one, is about to end. */
  void leave() {
    Map<Thread, Limit> limits = running;
    if (limits != null) {
      limits.remove(Thread.currentThread());
    }
  }

  private void interruptIfOver(Thread thread, @Nullable Limit innermost) {
    for (Limit limit = innermost; limit != null; limit = limit.outer) {
      if (limit.isOver()) {
        gate.interrupt(thread);
        return;
      }
    }
  }

  /** Throws if a time limit of the calling thread has passed. */
  void check() {
    Limit limit = ofCaller();
    while (limit != null) {
      if (limit.hasPassed()) {
        throw limit.exception(null);
      }
      limit = limit.outer;
    }
  }

  /** The time limit of one piece of code. */
  private final class Limit {
    private final Duration time;
    private final String what;
    private final @Nullable Limit outer;
    private final long endNanos;
    private final Thread timer;
    private boolean ended;
    private boolean over;

    Limit(Duration time, String what, @Nullable Limit outer) {
      this.time = time;
      this.what = what;
      this.outer = outer;
      this.endNanos = System.nanoTime() + Nanos.of(time);
      this.timer = Thread.ofVirtual().name("cairn-time-limit").unstarted(this::await);
    }

    private void await() {
      try {
        Thread.sleep(time);
      } catch (InterruptedException e) {
        return;
      }
      synchronized (this) {
        if (!ended) {
          over = true;
          started()
              .forEach((each, innermost) -> {
                if (innermost.isWithin(this)) {
                  gate.interrupt(each);
                }
              });
        }
      }
    }

    /**
     * Reads the clock itself, because the timer is late while all processors are busy. The code
     * that has to end may be what keeps them busy.
     */
    synchronized boolean hasPassed() {
      over |= !ended && System.nanoTime() - endNanos >= 0;
      return over;
    }

    private boolean isWithin(Limit other) {
      for (Limit limit = this; limit != null; limit = limit.outer) {
        if (limit == other) {
          return true;
        }
      }
      return false;
    }

    synchronized boolean isOver() {
      return over;
    }

    synchronized void end() {
      ended = true;
    }

    TimeLimitException exception(@Nullable Throwable cause) {
      return new TimeLimitException(
          "%s ran longer than the %s of its WorkContext.within or Steps.timeout [CAIRN-503]"
              .formatted(what, DurationText.of(time)),
          cause);
    }
  }
}
