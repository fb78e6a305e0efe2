package dev.cairn.benchmarks.contenders;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/**
 * Says which attempts do not end well, and counts them all: of every nine jobs one needs a second
 * attempt, so that it is one attempt in ten. Which job it is depends on its number only.
 * Thread-safe.
 */
public final class Stumbles {
  /** One job in so many. */
  static final int JOBS_EACH = 9;

  private final Set<Integer> stumbled = ConcurrentHashMap.newKeySet();
  private final LongAdder attempts = new LongAdder();
  private final LongAdder failures = new LongAdder();
  private final LongAdder snoozes = new LongAdder();

  /** How an attempt ends. */
  enum End {
    WELL,
    FAILED,
    SNOOZED
  }

  /** Attempts of one burn-down; the failures and snoozes are among them. */
  public record Counts(long attempts, long failures, long snoozes) {}

  /** An attempt of the job with this number, 1 or more, is at its end. */
  End next(int number) {
    attempts.increment();
    if (number % JOBS_EACH != 0 || !stumbled.add(number)) {
      return End.WELL;
    }
    if (fails(number)) {
      failures.increment();
      return End.FAILED;
    }
    snoozes.increment();
    return End.SNOOZED;
  }

  /** Of the jobs that stumble every other one fails. */
  private static boolean fails(int number) {
    return number / JOBS_EACH % 2 == 0;
  }

  Counts counts() {
    return new Counts(attempts.sum(), failures.sum(), snoozes.sum());
  }
}
