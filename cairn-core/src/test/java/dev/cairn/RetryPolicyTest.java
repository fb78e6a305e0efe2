package dev.cairn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RetryPolicyTest {
  private static final Duration HUNDRED_YEARS = Duration.ofDays(36_500);
  private static final Duration FOREVER = Duration.ofSeconds(Long.MAX_VALUE);
  private static final Job<?> JOB =
      new Job<>(
          1,
          "any",
          "{}",
          1,
          25,
          0,
          1,
          "default",
          List.of(),
          "{}",
          Instant.EPOCH,
          Instant.EPOCH,
          Instant.EPOCH);

  /** Many delays after as many failures. */
  private static List<Duration> delays(RetryPolicy policy, int failures) {
    return Stream.generate(() -> policy.delay(JOB, failures)).limit(1_000).toList();
  }

  /** They use the whole range, and nothing beyond it. */
  private static void assertSpread(List<Duration> delays, Duration least, Duration most) {
    Duration tenth = most.minus(least).dividedBy(10);
    assertThat(delays).allSatisfy(delay -> assertThat(delay).isBetween(least, most));
    assertThat(Collections.min(delays)).isLessThan(least.plus(tenth));
    assertThat(Collections.max(delays)).isGreaterThan(most.minus(tenth));
  }

  private static Duration tenths(Duration delay, int tenths) {
    return delay.dividedBy(10).multipliedBy(tenths);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 10, 101})
  void riversDelayIsTheFourthPowerOfTheFailures(int failures) {
    Duration delay = Duration.ofSeconds((long) Math.pow(failures, 4));

    assertSpread(delays(RetryPolicy.river(), failures), tenths(delay, 9), tenths(delay, 11));
  }

  @Test
  void riversDelayEndsAtTheLongestThatJavaCanCountInNanoseconds() {
    assertThat(RetryPolicy.riverDelay(Integer.MAX_VALUE))
        .isEqualTo(Duration.ofNanos(Long.MAX_VALUE));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 101, Integer.MAX_VALUE})
  void aFixedDelayStaysTheSame(int failures) {
    Duration delay = Duration.ofMinutes(10);

    assertSpread(delays(RetryPolicy.fixed(delay), failures), tenths(delay, 9), tenths(delay, 11));
    assertThat(RetryPolicy.fixed(FOREVER).delay(JOB, failures))
        .isBetween(tenths(HUNDRED_YEARS, 9), tenths(HUNDRED_YEARS, 11));
  }

  @Test
  void anExponentialDelayGrowsByItsFactorUpToItsMaximum() {
    Duration max = Duration.ofHours(1);
    RetryPolicy policy = RetryPolicy.exponential(Duration.ofSeconds(1), 2, max);

    for (int failures = 1; failures <= 11; failures++) {
      Duration delay = Duration.ofSeconds(1L << (failures - 1));
      assertSpread(delays(policy, failures), tenths(delay, 9), tenths(delay, 11));
    }
    for (int failures : List.of(13, 14, 101, 10_000, Integer.MAX_VALUE)) {
      assertSpread(delays(policy, failures), tenths(max, 9), max);
    }
  }

  @Test
  void noExponentialDelayIsLongerThanItsMaximum() {
    Duration most = Duration.ofMinutes(1);
    for (RetryPolicy policy :
        List.of(
            RetryPolicy.exponential(most, 1, most),
            RetryPolicy.exponential(Duration.ofNanos(1), Double.MAX_VALUE, most),
            RetryPolicy.exponential(Duration.ofSeconds(59), 1.01, most))) {
      for (int failures = 1; failures <= 102; failures++) {
        assertThat(policy.delay(JOB, failures)).isBetween(Duration.ZERO, most);
      }
    }
    assertThat(RetryPolicy.exponential(FOREVER, 10, FOREVER).delay(JOB, 101))
        .isBetween(tenths(HUNDRED_YEARS, 9), HUNDRED_YEARS);
  }

  @ParameterizedTest
  @ValueSource(doubles = {0.99, 0, -2, Double.NaN, Double.POSITIVE_INFINITY})
  void aFactorThatLetsNothingGrowIsRefused(double factor) {
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> RetryPolicy.exponential(Duration.ofSeconds(1), factor, Duration.ofHours(1)))
        .withMessageContaining("factor must be 1 or more")
        .withMessageContaining(Double.toString(factor));
  }

  @Test
  void aMaximumBelowTheFirstDelayIsRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RetryPolicy.exponential(Duration.ofSeconds(2), 2, Duration.ofSeconds(1)))
        .withMessageContaining("max must be at least as long as first, PT2S, not PT1S");
  }
}
