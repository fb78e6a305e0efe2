package dev.cairn.dashboard.internal.live;

import dev.cairn.dashboard.internal.answer.Code;
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
import org.jspecify.annotations.Nullable;

/**
 * Looks at one thing as long as there are viewers, about once a second. All feeds together look for
 * a hundredth of the time, unless one look takes longer than half a second. A look that does not
 * return is told as a database that does not answer; if it returns later, what it found is shown.
 * Thread-safe.
 */
public final class Feed {
  static final Duration PAUSE_MIN = Duration.ofSeconds(1);
  static final Duration PAUSE_MAX = Duration.ofMinutes(1);

  /** Between two looks, however often something is changed. */
  private static final Duration WOKEN_MIN = Duration.ofMillis(250);

  private static final Duration TROUBLE_MAX = Duration.ofSeconds(10);

  /** As long as the server may be silent: then a look has no connection, or no answer. */
  static final Duration HANGS_AFTER = Duration.ofSeconds(15);

  /**
   * Longer than a look of several slow statements takes that waits for a place and a connection
   * first. Another one beside it would only make the database slower.
   */
  static final Duration LOST_AFTER = Duration.ofSeconds(60);

  private static final Duration REPORTED_EVERY = Duration.ofMinutes(1);

  private static final int COST_FACTOR = 100;

  /** Of the whole answer, not of a job in it. */
  private static final Pattern NOW = Pattern.compile("\"now\":\"[^\"]*\"");

  private final Supplier<String> look;
  private final Siblings siblings;
  private final long pauseMin;
  private final long hangsAfter;
  private final long lostAfter;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private Event last = new Event(0, "", false);
  private String compared = "";
  private int viewers;
  private boolean started;
  private boolean woken;
  private boolean ended;

  /** Whether a look is under way, since when, and whether viewers were told that it hangs. */
  private boolean looking;

  private long lookBegun;
  private boolean toldThatItHangs;

  /** When a failure was reported last; null if none was. Used by the thread that looks. */
  private @Nullable Long reported;

  Feed(
      Supplier<String> look,
      Siblings siblings,
      Duration pauseMin,
      Duration hangsAfter,
      Duration lostAfter) {
    this.look = look;
    this.siblings = siblings;
    this.pauseMin = pauseMin.toNanos();
    this.hangsAfter = hangsAfter.toNanos();
    this.lostAfter = lostAfter.toNanos();
  }

  /** All feeds, of which this is one. */
  interface Siblings {
    /** How many look at something now. */
    int number();

    /** Forgets a feed without viewers; false if it has viewers again. */
    boolean retire(Feed feed);

    /** Forgets a feed that looks no more. */
    void forget(Feed feed);

    /** Tells whoever runs the dashboard that a look has failed. */
    void report(Throwable failure);
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
      if (!started) {
        // It waits for the lock. A thread that cannot be started leaves nothing behind.
        Thread.ofVirtual().name("cairn-dashboard-feed").start(this::run);
        started = true;
      }
      viewers++;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Without viewers, a feed stays until its next look is due: who comes back by then sees what it
   * saw last, and costs nothing.
   */
  void leave() {
    lock.lock();
    try {
      viewers--;
    } finally {
      lock.unlock();
    }
  }

  boolean hasViewers() {
    lock.lock();
    try {
      return viewers > 0;
    } finally {
      lock.unlock();
    }
  }

  /** Whether a look is under way that will not return any more. */
  boolean isLost() {
    lock.lock();
    try {
      return looking && System.nanoTime() - lookBegun >= lostAfter;
    } finally {
      lock.unlock();
    }
  }

  boolean isOver() {
    lock.lock();
    try {
      return ended;
    } finally {
      lock.unlock();
    }
  }

  /** Looks within a quarter of a second, because something was changed. */
  void wake() {
    lock.lock();
    try {
      woken = true;
      changed.signalAll();
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
      tellIfItHangs();
      while (last.version() <= seen && !ended && left > 0) {
        long wait = Math.min(left, untilItHangs());
        left -= wait - changed.awaitNanos(wait);
        tellIfItHangs();
      }
      return last.version() > seen && !ended ? last : new Event(seen, "", ended);
    } finally {
      lock.unlock();
    }
  }

  /** While the lock is held. */
  private long untilItHangs() {
    return looking && !toldThatItHangs
        ? Math.max(hangsAfter - (System.nanoTime() - lookBegun), 1)
        : Long.MAX_VALUE;
  }

  /** While the lock is held. */
  private void tellIfItHangs() {
    if (looking && !toldThatItHangs && System.nanoTime() - lookBegun >= hangsAfter) {
      toldThatItHangs = true;
      publish("trouble", Json.text(new ErrorView(Problem.of(Failures.away()))));
    }
  }

  private void run() {
    try {
      lookAgainAndAgain();
    } catch (Throwable e) {
      // Whatever it is, such as too little memory: viewers must not wait for what never comes.
      siblings.report(e);
    } finally {
      end();
      siblings.forget(this);
    }
  }

  private void lookAgainAndAgain() {
    long before = 0;
    while (hasViewers() || !siblings.retire(this)) {
      long begun = System.nanoTime();
      Found found = found();
      long cost = System.nanoTime() - begun;
      // The first look is slower than the next ones, and one look may be slow by chance.
      long pause =
          found.trouble()
              ? pauseAfterTrouble(cost, siblings.number(), found.tookTooLong())
              : pauseAfter(Math.min(cost, before), siblings.number());
      before = cost;
      if (!publish(found.trouble() ? "trouble" : "data", found.json())
          || !pause(Math.max(pause, pauseMin))) {
        return;
      }
    }
  }

  /** What a look has found. */
  private record Found(String json, boolean trouble, boolean tookTooLong) {}

  private Found found() {
    looks(true);
    try {
      return new Found(look.get(), false, false);
    } catch (RuntimeException | Error e) {
      Refusal refusal = Failures.of(e);
      report(refusal, e);
      return new Found(
          Json.text(new ErrorView(Problem.of(refusal))), true, Failures.tookTooLong(e));
    } finally {
      looks(false);
    }
  }

  private void looks(boolean begins) {
    lock.lock();
    try {
      looking = begins;
      lookBegun = System.nanoTime();
      toldThatItHangs = false;
      // Viewers wait for its end from now on.
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** At most once a minute. An open page sends no plain request whose failure would be logged. */
  private void report(Refusal refusal, Throwable failure) {
    long now = System.nanoTime();
    if (refusal.code() == Code.UNAVAILABLE
        && (reported == null || now - reported >= REPORTED_EVERY.toNanos())) {
      siblings.report(failure);
      reported = now;
    }
  }

  /** How long to wait after a look, all in nanoseconds. */
  static long pauseAfter(long cost, int feeds) {
    return Math.clamp(
        cost * COST_FACTOR * Math.max(feeds, 1), PAUSE_MIN.toNanos(), PAUSE_MAX.toNanos());
  }

  /**
   * How long to wait after a look that has failed, in nanoseconds. One that took too long has cost
   * the database all that time. Otherwise it may be away, and a view should see soon that it is
   * back.
   */
  static long pauseAfterTrouble(long cost, int feeds, boolean tookTooLong) {
    long pause = pauseAfter(cost, feeds);
    return tookTooLong ? pause : Math.min(pause, TROUBLE_MAX.toNanos());
  }

  private boolean publish(String name, String json) {
    String comparable = name + NOW.matcher(json).replaceFirst("");
    lock.lock();
    try {
      if (!ended && comparable.equals(compared)) {
        // Nothing is sent, but who joins later gets the time of this look.
        last = new Event(last.version(), event(name, json), false);
      } else if (!ended) {
        compared = comparable;
        last = new Event(last.version() + 1, event(name, json), false);
        changed.signalAll();
      }
      return !ended;
    } finally {
      lock.unlock();
    }
  }

  private boolean pause(long nanos) {
    long left = nanos;
    lock.lock();
    try {
      while (!ended && left > 0) {
        long rest = WOKEN_MIN.toNanos() - (nanos - left);
        if (woken && rest <= 0) {
          break;
        }
        long wait = woken ? Math.min(rest, left) : left;
        left -= wait - changed.awaitNanos(wait);
      }
      woken = false;
      return !ended;
    } catch (InterruptedException e) {
      ended = true;
      return false;
    } finally {
      lock.unlock();
    }
  }
}
