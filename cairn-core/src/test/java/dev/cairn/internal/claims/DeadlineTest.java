package dev.cairn.internal.claims;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.temporal.ChronoUnit;
import org.junit.jupiter.api.Test;

class DeadlineTest {
  private static final Duration MINUTE = Duration.ofMinutes(1);

  private static void assertAbout(Duration actual, Duration expected) {
    assertThat(actual).isBetween(expected.minusSeconds(10), expected);
  }

  @Test
  void theRestComesAfterTheGracePeriod() {
    var deadline = new Deadline(MINUTE, MINUTE);

    assertAbout(deadline.grace(), MINUTE);
    assertAbout(deadline.rest(), MINUTE.multipliedBy(2));
  }

  @Test
  void aShorterGracePeriodBringsTheEndForward() {
    var deadline = new Deadline(ChronoUnit.FOREVER.getDuration(), MINUTE);

    deadline.shortenGrace(Duration.ZERO);

    assertThat(deadline.grace()).isZero();
    assertAbout(deadline.rest(), MINUTE);
  }

  @Test
  void aLongerOneChangesNothing() {
    var deadline = new Deadline(Duration.ZERO, MINUTE);

    deadline.shortenGrace(MINUTE);

    assertThat(deadline.grace()).isZero();
    assertAbout(deadline.rest(), MINUTE);
  }

  @Test
  void whatIsOverIsZeroNotNegative() {
    var deadline = new Deadline(Duration.ZERO, Duration.ofSeconds(-5));

    assertThat(deadline.grace()).isZero();
    assertThat(deadline.rest()).isZero();
    assertThat(deadline.atMost(MINUTE)).isZero();
  }

  @Test
  void nobodyGetsMoreThanTheRest() {
    var deadline = Deadline.in(MINUTE);

    assertThat(deadline.atMost(Duration.ofSeconds(1))).isEqualTo(Duration.ofSeconds(1));
    assertAbout(deadline.atMost(Duration.ofDays(1)), MINUTE);
  }

  @Test
  void bothTimesMayBeEndless() {
    Duration forever = ChronoUnit.FOREVER.getDuration();
    var deadline = new Deadline(forever, forever);

    assertThat(deadline.grace()).isGreaterThan(Duration.ofDays(365));
    assertThat(deadline.rest()).isGreaterThan(Duration.ofDays(365));
  }
}
