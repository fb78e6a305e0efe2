package dev.cairn.dashboard.internal.act;

import dev.cairn.dashboard.internal.answer.Code;
import dev.cairn.dashboard.internal.answer.Refusal;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.LongSupplier;

/** Lets a number of acts a minute pass, and refuses the others. Thread-safe. */
final class Pace {
  private static final long WINDOW = Duration.ofMinutes(1).toNanos();

  private final LongSupplier nanos;
  private final int most;
  private final Deque<Long> passed = new ArrayDeque<>();

  /**
   * @param nanos as {@link System#nanoTime}: after the clock of the server was set back, acts would
   *     be refused until it shows the same time again
   */
  Pace(LongSupplier nanos, int most) {
    this.nanos = nanos;
    this.most = most;
  }

  void pass() {
    synchronized (passed) {
      long now = nanos.getAsLong();
      while (!passed.isEmpty() && now - passed.getFirst() > WINDOW) {
        passed.removeFirst();
      }
      if (passed.size() >= most) {
        throw new Refusal(
            Code.TOO_MANY,
            "Only %d acts on many jobs are allowed a minute: wait a moment.".formatted(most));
      }
      passed.addLast(now);
    }
  }
}
