package dev.cairn.internal.concurrent;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

class PatienceTest {
  private static final Duration MOST = Duration.ofMillis(500);

  private final AtomicInteger slices = new AtomicInteger();
  private long now;

  /**
   * Waits on a machine that makes a wait last this long.
   *
   * @return the time that has passed
   */
  private Duration inVain(Duration most, UnaryOperator<Duration> lasts) {
    long begun = now;
    boolean isOver =
        Patience.await(
            most,
            slice -> {
              slices.incrementAndGet();
              now += lasts.apply(slice).toNanos();
              return false;
            },
            () -> now);
    assertThat(isOver).isFalse();
    return Duration.ofNanos(now - begun);
  }

  @Test
  void isExactOnAPunctualMachine() {
    assertThat(inVain(MOST, slice -> slice)).isEqualTo(MOST);
  }

  @Test
  void doesNotCountTheTimeInWhichTheProcessCouldNotRun() {
    Duration took = inVain(MOST, slice -> slice.plusMillis(50));

    assertThat(slices).hasValue(25);
    assertThat(took).isEqualTo(Duration.ofMillis(25 * 70));
  }

  @Test
  void endsHoweverLateTheMachineIs() {
    assertThat(inVain(MOST, slice -> slice.plusMillis(1_000))).isLessThan(Duration.ofSeconds(6));
  }

  /** As of a process that was suspended, or a machine that swaps. */
  @Test
  void hasItsWholeTimeAfterALongPause() {
    var first = new AtomicBoolean(true);

    Duration took = inVain(MOST, slice -> first.getAndSet(false) ? Duration.ofSeconds(10) : slice);

    assertThat(slices).hasValue(25);
    assertThat(took).isEqualTo(Duration.ofSeconds(10).plusMillis(480));
  }

  @Test
  void isNeverShorterThanByTheWallClock() {
    var most = Duration.ofSeconds(9);

    assertThat(inVain(most, slice -> slice.plusMillis(60))).isGreaterThanOrEqualTo(most);
  }

  @Test
  void countsAWaitThatEndsEarly() {
    assertThat(inVain(MOST, slice -> Duration.ofMillis(5))).isEqualTo(MOST);
  }

  @Test
  void looksOnceIfThereIsNoTime() {
    assertThat(inVain(Duration.ZERO, slice -> slice)).isZero();
    assertThat(slices).hasValue(1);
    assertThat(Patience.await(Duration.ZERO, Duration::isZero)).isTrue();
  }

  @Test
  void endsAtOnceIfTheWaitIsOver() {
    assertThat(Patience.await(MOST, slice -> slices.incrementAndGet() == 3)).isTrue();
    assertThat(slices).hasValue(3);
  }
}
