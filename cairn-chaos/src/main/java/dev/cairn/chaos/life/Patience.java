package dev.cairn.chaos.life;

import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Repeats a call until it succeeds, as a user would. */
final class Patience {
  private static final Duration MOST = Duration.ofSeconds(12);
  private static final long PAUSE_MILLIS = 25;

  private final List<String> complaints = new ArrayList<>();

  /**
   * The result of the call; null if it never succeeds, which is noted.
   *
   * @param what the name of the call, for people
   */
  <T> @Nullable T get(String what, Callable<T> call) {
    long end = System.nanoTime() + MOST.toNanos();
    while (true) {
      try {
        return call.call();
      } catch (Throwable e) {
        if (System.nanoTime() - end >= 0) {
          complaints.add("'%s' does not work: %s".formatted(what, e));
          return null;
        }
        pause();
      }
    }
  }

  /** Repeats a call without a result. */
  void run(String what, Action action) {
    get(
        what,
        () -> {
          action.run();
          return true;
        });
  }

  /** Waits a bounded time until a condition holds; false if it does not hold by then. */
  boolean await(Condition condition) {
    long end = System.nanoTime() + MOST.toNanos();
    while (System.nanoTime() - end < 0) {
      if (holds(condition)) {
        return true;
      }
      pause();
    }
    return false;
  }

  private static boolean holds(Condition condition) {
    try {
      return condition.holds();
    } catch (SQLException e) {
      throw new IllegalStateException("the judge cannot look at the database", e);
    }
  }

  static void pause() {
    try {
      TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  List<String> complaints() {
    return complaints;
  }

  /** A call. */
  @FunctionalInterface
  interface Action {
    void run() throws Exception;
  }

  /** A condition that is checked in the database. */
  @FunctionalInterface
  interface Condition {
    boolean holds() throws SQLException;
  }
}
