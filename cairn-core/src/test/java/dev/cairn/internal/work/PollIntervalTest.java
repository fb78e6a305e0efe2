package dev.cairn.internal.work;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class PollIntervalTest {
  private static final Duration SECOND = Duration.ofSeconds(1);
  private static final Duration LONG = Duration.ofSeconds(30);

  /** So that the sums go over the end of the numbers. */
  private static final long BEGIN = Long.MAX_VALUE - Duration.ofSeconds(2).toNanos();

  private final PollInterval poll = new PollInterval(LONG);

  private static long at(long millis) {
    return BEGIN + Duration.ofMillis(millis).toNanos();
  }

  @Test
  void whoHasClaimedWithoutALookPollsEachSecondUntilOneIsAnswered() {
    assertThat(poll.now(at(0))).as("at first").isEqualTo(SECOND);
    poll.looked(SharedLook.NOTHING_DUE, at(0));
    assertThat(poll.now(at(0))).isEqualTo(LONG);

    poll.claimed();

    assertThat(poll.now(at(1))).isEqualTo(SECOND);
    poll.looked(Duration.ofSeconds(10), at(2));
    assertThat(poll.now(at(2))).isEqualTo(LONG);
  }

  @Test
  void aQueueWhoseJobsRunIsPolledEachSecondAndSixSecondsMore() {
    poll.looked(SharedLook.NOTHING_DUE, at(0));
    assertThat(poll.now(at(0))).isEqualTo(LONG);

    poll.works(at(1_000));

    assertThat(poll.now(at(1_000))).isEqualTo(SECOND);
    assertThat(poll.now(at(6_999))).isEqualTo(SECOND);
    assertThat(poll.now(at(7_000))).isEqualTo(LONG);
    assertThat(poll.now(at(7_000) + Long.MAX_VALUE)).as("for ever").isEqualTo(LONG);
  }

  @Test
  void aShortIntervalStaysAsItIs() {
    var often = new PollInterval(Duration.ofMillis(100));
    often.works(at(0));

    assertThat(often.now(at(0))).hasMillis(100);
  }

  @Test
  void theRestEndsWhenTheNextJobIsDue() {
    assertThat(poll.rest(LONG, at(0))).isEqualTo(LONG);

    poll.looked(Duration.ofMillis(2_500), at(0));

    assertThat(poll.rest(LONG, at(100))).hasMillis(2_400);
    assertThat(poll.rest(SECOND, at(100))).as("a shorter one").isEqualTo(SECOND);
    assertThat(poll.takeDue(at(2_499))).isFalse();
    assertThat(poll.rest(LONG, at(2_600))).as("late").isZero();
    assertThat(poll.takeDue(at(2_600))).isTrue();
    assertThat(poll.takeDue(at(2_600))).as("told once").isFalse();
    assertThat(poll.rest(LONG, at(2_600))).isEqualTo(LONG);
  }

  @Test
  void aLookThatSeesNothingForgetsWhatAnEarlierOneSaw() {
    poll.looked(SECOND, at(0));
    poll.looked(SharedLook.NOTHING_DUE, at(500));

    assertThat(poll.takeDue(at(5_000))).isFalse();
    assertThat(poll.rest(LONG, at(500))).isEqualTo(LONG);
  }
}
