package dev.cairn.programs;

import dev.cairn.TimeLimitException;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.concurrent.TimeUnit;

/**
 * Measures whether a time limit ends a try before its time. A limit that is too late is seen by
 * what hangs; one that is too early looks like any limit.
 */
final class LimitWatch {
  /** The innermost limit around the code of the thread; nothing if there is none. */
  private static final ThreadLocal<LimitWatch> INNERMOST = new ThreadLocal<>();

  /** Those that come from limits further within: each is judged where it is met first. */
  private static final Set<TimeLimitException> JUDGED =
      Collections.synchronizedSet(Collections.newSetFromMap(new WeakHashMap<>()));

  private final long nanos;
  private final LimitWatch outer;

  /** A time before which the limit of this try had not begun. */
  private volatile long since = System.nanoTime();

  private LimitWatch(int millis, LimitWatch outer) {
    this.nanos = TimeUnit.MILLISECONDS.toNanos(millis);
    this.outer = outer;
  }

  /** The limits of the calling thread, for a thread that it forks. */
  static LimitWatch current() {
    return INNERMOST.get();
  }

  /** Runs code under the limits of another thread. */
  static void within(LimitWatch limits, ProgramCode.Code code) throws Exception {
    LimitWatch before = INNERMOST.get();
    INNERMOST.set(limits);
    try {
      code.run();
    } finally {
      INNERMOST.set(before);
    }
  }

  /** Runs a step under its limit, if it has one. */
  static void around(World world, Node node, ProgramCode.Code step) throws Exception {
    int millis = Program.optionsOf(node).timeoutMillis();
    if (millis == 0) {
      step.run();
      return;
    }
    var limit = new LimitWatch(millis, current());
    long begun = limit.since;
    within(
        limit,
        () -> {
          try {
            step.run();
          } catch (Exception e) {
            limit.since = begun;
            limit.requireOver(world, Meaning.nameOf(node), e);
            throw e;
          }
        });
  }

  /**
   * Runs the body of a step, whose next try begins when this one has ended. Not for a transaction
   * of Cairn's, whose body may run more than once within one try.
   */
  static void oneTry(World world, Node node, ProgramCode.Code body) throws Exception {
    LimitWatch limit = current();
    boolean isOfNode = Program.optionsOf(node).timeoutMillis() > 0;
    try {
      body.run();
    } catch (Exception e) {
      if (limit != null) {
        limit.requireOver(world, Meaning.nameOf(node), e);
      }
      throw e;
    } finally {
      if (isOfNode && limit != null) {
        limit.since = System.nanoTime();
      }
    }
  }

  private void requireOver(World world, String step, Exception failure) {
    List<TimeLimitException> fresh =
        Endings.causes(failure).stream()
            .filter(TimeLimitException.class::isInstance)
            .map(TimeLimitException.class::cast)
            .filter(JUDGED::add)
            .toList();
    if (!fresh.isEmpty()) {
      world.limitPassed();
    }
    if (!fresh.isEmpty() && !isAnyOver()) {
      world.complain(
          "a time limit ended a try of %s before its time: after %s"
              .formatted(step, Duration.ofNanos(System.nanoTime() - since)));
    }
  }

  /** Whether one of the limits around the code of the thread may have passed. */
  static boolean hasPassed() {
    LimitWatch limit = current();
    return limit != null && limit.isAnyOver();
  }

  private boolean isAnyOver() {
    for (LimitWatch limit = this; limit != null; limit = limit.outer) {
      if (System.nanoTime() - limit.since >= limit.nanos) {
        return true;
      }
    }
    return false;
  }
}
