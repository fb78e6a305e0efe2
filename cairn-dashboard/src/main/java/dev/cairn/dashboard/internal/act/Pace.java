package dev.cairn.dashboard.internal.act;

import dev.cairn.dashboard.internal.answer.Code;
import dev.cairn.dashboard.internal.answer.Refusal;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;

/** Lets a number of acts a minute pass, and refuses the others. Thread-safe. */
final class Pace {
  private static final Duration WINDOW = Duration.ofMinutes(1);

  private final InstantSource clock;
  private final int most;
  private final Deque<Instant> passed = new ArrayDeque<>();

  Pace(InstantSource clock, int most) {
    this.clock = clock;
    this.most = most;
  }

  void pass() {
    Instant now = clock.instant();
    synchronized (passed) {
      while (!passed.isEmpty() && passed.getFirst().plus(WINDOW).isBefore(now)) {
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
