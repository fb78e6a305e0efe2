package dev.cairn.testing;

import dev.cairn.InsertOptions;
import dev.cairn.spi.Middleware;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.atomic.AtomicReference;

/**
 * A clock that stands still until the test moves it. Give it to {@link JobRunner#withClock}, and to
 * the code under test. Thread-safe.
 */
public final class TestClock extends Clock {
  private static final Duration ADVANCE_MAX = Duration.ofDays(36_500);

  private final AtomicReference<Instant> now;
  private final ZoneId zone;

  private TestClock(AtomicReference<Instant> now, ZoneId zone) {
    this.now = now;
    this.zone = zone;
  }

  /** A clock that shows this moment, in UTC. */
  public static TestClock at(Instant moment) {
    return new TestClock(new AtomicReference<>(moment), ZoneOffset.UTC);
  }

  /** A clock that shows the present moment, in UTC, with the microseconds that PostgreSQL keeps. */
  public static TestClock startingNow() {
    return at(Instant.now().truncatedTo(ChronoUnit.MICROS));
  }

  /**
   * Moves the clock forward.
   *
   * @return what it shows then
   * @throws IllegalArgumentException if {@code time} is negative, or more than a hundred years
   */
  public Instant advance(Duration time) {
    if (time.isNegative() || time.compareTo(ADVANCE_MAX) > 0) {
      throw new IllegalArgumentException(
          "a clock advances by a time between %s and %s, not %s: use set to go back"
              .formatted(Duration.ZERO, ADVANCE_MAX, time));
    }
    return now.updateAndGet(moment -> moment.plus(time));
  }

  /** Sets the clock to a moment, earlier ones too. */
  public void set(Instant moment) {
    now.set(moment);
  }

  /**
   * Middleware with which the delays of new jobs count by this clock. Without it, they count by the
   * clock of the database, which the test does not move. The clients of a {@link
   * JobRunner#withClock} have it; give it to the client of the code under test.
   *
   * @see InsertOptions#withDelay
   */
  public Middleware delays() {
    return Middleware.beforeInsert(job -> {
      Duration delay = job.options().delay();
      return delay == null
          ? job
          : job.withOptions(job.options().withScheduledAt(instant().plus(delay)));
    });
  }

  @Override
  public Instant instant() {
    return now.get();
  }

  @Override
  public ZoneId getZone() {
    return zone;
  }

  /** The same clock, moved together with this one, in another zone. */
  @Override
  public Clock withZone(ZoneId other) {
    return new TestClock(now, other);
  }

  @Override
  public String toString() {
    return "TestClock[" + now.get() + "]";
  }
}
