package dev.cairn.dashboard.internal.live;

import dev.cairn.dashboard.internal.answer.Failures;
import dev.cairn.dashboard.internal.answer.Json;
import dev.cairn.dashboard.internal.answer.Refusal;
import dev.cairn.dashboard.internal.view.Views.ErrorView;
import dev.cairn.dashboard.internal.view.Views.Problem;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/**
 * Looks at one thing as long as there are viewers, about once a second, and no more often than
 * costs a fiftieth of the time. Thread-safe.
 */
public final class Feed {
  private static final Duration PAUSE_MIN = Duration.ofSeconds(1);
  private static final Duration PAUSE_MAX = Duration.ofSeconds(10);
  private static final int COST_FACTOR = 50;

  /** Of the whole answer, not of a job in it. */
  private static final Pattern NOW = Pattern.compile("\"now\":\"[^\"]*\"");

  private final Supplier<String> look;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private Event last = new Event(0, "", false);
  private String compared = "";
  private int viewers;
  private boolean ended;

  Feed(Supplier<String> look) {
    this.look = look;
  }

  /**
   * An event.
   *
   * @param version the events of a feed count up
   * @param text as it is sent; empty if there is nothing new
   * @param over whether no more will come
   */
  public record Event(long version, String text, boolean over) {}

  /** How the events of a stream are written. */
  public static String event(String name, String json) {
    return "event: %s\ndata: %s\n\n".formatted(name, json);
  }

  void enter() {
    lock.lock();
    try {
      viewers++;
      if (viewers == 1) {
        Thread.ofVirtual().name("cairn-dashboard-feed").start(this::run);
      }
    } finally {
      lock.unlock();
    }
  }

  /** Returns whether that was the last viewer, and this feed is over. */
  boolean leave() {
    lock.lock();
    try {
      viewers--;
      if (viewers == 0) {
        ended = true;
        changed.signalAll();
      }
      return viewers == 0;
    } finally {
      lock.unlock();
    }
  }

  void end() {
    lock.lock();
    try {
      ended = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  Event next(long seen, long millis) throws InterruptedException {
    lock.lock();
    try {
      long left = TimeUnit.MILLISECONDS.toNanos(millis);
      while (last.version() <= seen && !ended && left > 0) {
        left = changed.awaitNanos(left);
      }
      return last.version() > seen && !ended ? last : new Event(seen, "", ended);
    } finally {
      lock.unlock();
    }
  }

  private void run() {
    while (true) {
      long begun = System.nanoTime();
      String json;
      boolean trouble = false;
      try {
        json = look.get();
      } catch (RuntimeException | Error e) {
        Refusal refusal = Failures.of(e);
        json = Json.text(new ErrorView(Problem.of(refusal)));
        trouble = true;
      }
      long cost = System.nanoTime() - begun;
      if (!publish(trouble ? "trouble" : "data", json) || !pause(trouble ? 0 : cost)) {
        return;
      }
    }
  }

  private boolean publish(String name, String json) {
    String comparable = name + NOW.matcher(json).replaceFirst("");
    lock.lock();
    try {
      if (!ended && !comparable.equals(compared)) {
        compared = comparable;
        last = new Event(last.version() + 1, event(name, json), false);
        changed.signalAll();
      }
      return !ended;
    } finally {
      lock.unlock();
    }
  }

  private boolean pause(long cost) {
    long left = Math.clamp(cost * COST_FACTOR, PAUSE_MIN.toNanos(), PAUSE_MAX.toNanos());
    lock.lock();
    try {
      while (!ended && left > 0) {
        left = changed.awaitNanos(left);
      }
      return !ended;
    } catch (InterruptedException e) {
      ended = true;
      return false;
    } finally {
      lock.unlock();
    }
  }
}
