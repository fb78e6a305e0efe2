package dev.cairn.chaos.fleet;

import java.time.Duration;

/**
 * What may differ between workers.
 *
 * @param pool the size of the connection pool
 * @param clockOffset how wrong the clock is
 */
public record Tuning(int pool, Duration clockOffset) {
  /** Of a worker that nobody has tuned. */
  public static Tuning usual() {
    return new Tuning(WorkerSettings.POOL, Duration.ZERO);
  }

  /** With a pool of another size. */
  public Tuning withPool(int size) {
    return new Tuning(size, clockOffset);
  }

  /** With a clock that is wrong by this. */
  public Tuning withClockOffset(Duration offset) {
    return new Tuning(pool, offset);
  }
}
