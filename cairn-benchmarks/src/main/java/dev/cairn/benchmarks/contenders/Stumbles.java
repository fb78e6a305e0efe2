package dev.cairn.benchmarks.contenders;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/**
 * Decides which attempts fail or snooze, and counts all attempts. One job in nine needs a second
 * attempt, so one attempt in ten does not succeed. The job's number alone decides which job it is.
 * Thread-safe.
 */
public final class Stumbles {
  /** One job in this number needs a second attempt. */
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

  /** The attempts of one burn-down, including the failures and snoozes. */
  public record Counts(long attempts, long failures, long snoozes) {}

  /** Decides the end of an attempt of the job with this number, 1 or more. */
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

  /** Every other of these jobs fails; the others snooze. */
  private static boolean fails(int number) {
    return number / JOBS_EACH % 2 == 0;
  }

  Counts counts() {
    return new Counts(attempts.sum(), failures.sum(), snoozes.sum());
  }
}
