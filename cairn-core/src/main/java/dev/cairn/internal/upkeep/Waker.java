package dev.cairn.internal.upkeep;

import dev.cairn.internal.store.WaitStore;
import java.time.Duration;

/**
 * Wakes jobs that wait for other jobs, and jobs that a signal has not woken yet. Another thread
 * deletes old waits and signals, so that no job has to wait for that.
 */
final class Waker implements LeaderService {
  private static final Duration INTERVAL = Duration.ofSeconds(1);
  private static final int REST_FOR_WORK = 10;
  private static final Duration REST_MAX = Duration.ofSeconds(30);

  private final WaitStore store;
  private final BatchSize batch = new BatchSize(name());

  Waker(WaitStore store) {
    this.store = store;
  }

  @Override
  public String name() {
    return "wake";
  }

  @Override
  public Duration turn() {
    long began = System.nanoTime();
    if (batch.run(store::wake)) {
      return Duration.ZERO;
    }
    return rest(INTERVAL, Duration.ofNanos(System.nanoTime() - began));
  }

  /**
   * How long to pause after a check. A check reads every wait for another job. With a million
   * waits, the server would do nothing else. So the pause is ten times as long as the check took.
   */
  static Duration rest(Duration least, Duration took) {
    Duration rest = took.multipliedBy(REST_FOR_WORK);
    Duration most = rest.compareTo(REST_MAX) < 0 ? rest : REST_MAX;
    return most.compareTo(least) < 0 ? least : most;
  }
}
