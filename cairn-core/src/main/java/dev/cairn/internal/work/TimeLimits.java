package dev.cairn.internal.work;

import dev.cairn.TimeLimitException;
import dev.cairn.internal.text.DurationText;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** The times that parts of one attempt were given, each on its own thread. Thread-safe. */
final class TimeLimits {
  private final InterruptGate gate;
  private final Map<Thread, Limit> running = new ConcurrentHashMap<>();

  TimeLimits(InterruptGate gate) {
    this.gate = gate;
  }

  <T extends @Nullable Object> T run(Duration time, String what, Callable<T> body)
      throws Exception {
    if (!time.isPositive()) {
      throw new IllegalArgumentException("a time limit must be positive, not " + time);
    }
    Thread thread = Thread.currentThread();
    Limit outer = running.get(thread);
    var limit = new Limit(thread, time, what, outer);
    running.put(thread, limit);
    limit.timer.start();
    try {
      return body.call();
    } catch (Exception e) {
      throw limit.isOver() ? limit.exception(e) : e;
    } finally {
      if (outer == null) {
        running.remove(thread);
      } else {
        running.put(thread, outer);
      }
      limit.end();
      limit.timer.interrupt();
      if (limit.isOver()) {
        gate.clear();
      }
    }
  }

  /** Throws if the time of the calling thread is over. */
  void check() {
    Limit limit = running.isEmpty() ? null : running.get(Thread.currentThread());
    while (limit != null) {
      if (limit.isOver()) {
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
    private final Thread timer;
    private boolean ended;
    private boolean over;

    Limit(Thread thread, Duration time, String what, @Nullable Limit outer) {
      this.thread = thread;
      this.time = time;
      this.what = what;
      this.outer = outer;
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
          gate.interrupt(thread);
        }
      }
    }

    synchronized boolean isOver() {
      return over;
    }

    synchronized void end() {
      ended = true;
    }

    TimeLimitException exception(@Nullable Throwable cause) {
      return new TimeLimitException(
          "%s ran longer than the %s of its WorkContext.within or Steps.timeout"
              .formatted(what, DurationText.of(time)),
          cause);
    }
  }
}
