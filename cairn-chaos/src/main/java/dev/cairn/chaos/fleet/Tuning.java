package dev.cairn.chaos.fleet;

import java.time.Duration;

/**
 * Settings that can differ between workers.
 *
 * @param pool the size of the connection pool
 * @param clockOffset by how much the clock is wrong
 * @param older whether the worker uses {@link OlderCairn}
 */
public record Tuning(int pool, Duration clockOffset, boolean older) {
  /** The default settings. */
  public static Tuning usual() {
    return new Tuning(WorkerSettings.POOL, Duration.ZERO, false);
  }

  /** These settings with a pool of another size. */
  public Tuning withPool(int size) {
    return new Tuning(size, clockOffset, older);
  }

  /** These settings with a clock that is wrong by this time. */
  public Tuning withClockOffset(Duration offset) {
    return new Tuning(pool, offset, older);
  }

  /** These settings with an older version of Cairn. */
  public Tuning withOlderCairn() {
    return new Tuning(pool, clockOffset, true);
  }
}
