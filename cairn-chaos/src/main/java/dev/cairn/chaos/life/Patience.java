package dev.cairn.chaos.life;

import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Repeats a call until it works, as a user would who has to have it done. */
final class Patience {
  private static final Duration MOST = Duration.ofSeconds(12);
  private static final long PAUSE_MILLIS = 25;

  private final List<String> complaints = new ArrayList<>();

  /**
   * What the call gives in the end; null if it never works, and that is noted.
   *
   * @param what the call, for people
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

  /** A call that gives nothing. */
  void run(String what, Action action) {
    get(
        what,
        () -> {
          action.run();
          return true;
        });
  }

  /** Waits for something to be so; false if it is not within a bounded time. */
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

  /** Something to be done. */
  @FunctionalInterface
  interface Action {
    void run() throws Exception;
  }

  /** Something to be seen in the database. */
  @FunctionalInterface
  interface Condition {
    boolean holds() throws SQLException;
  }
}
