package dev.cairn.internal.claims;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.junit.jupiter.api.Test;

class LeaseTest {
  private static final Duration TIMEOUT = Duration.ofSeconds(100);

  private final Lease lease = new Lease(TIMEOUT);

  private static long ago(Duration time) {
    return System.nanoTime() - time.toNanos();
  }

  private boolean renew(long sent, Instant at) {
    return lease.renew(sent, at, at);
  }

  @Test
  void isNotValidBeforeTheFirstHeartbeat() {
    assertThat(lease.isValid()).isFalse();
    assertThat(lease.remaining()).isZero();
    assertThat(lease.heldFor()).isZero();
  }

  @Test
  void countsFromWhenTheHeartbeatWasSentNotFromItsAnswer() {
    assertThat(lease.renew(ago(Duration.ofSeconds(60)))).as("it becomes valid").isTrue();

    assertThat(lease.remaining()).isBetween(Duration.ofSeconds(10), Duration.ofSeconds(15));
    assertThat(lease.heldFor()).isGreaterThanOrEqualTo(Duration.ofSeconds(60));
  }

  @Test
  void endsAMarginBeforeTheOthersTakeTheClientForDead() {
    lease.renew(ago(Duration.ofSeconds(76)));

    assertThat(lease.isValid()).isFalse();
  }

  @Test
  void anAnswerThatComesTooLateMakesItNotValid() {
    assertThat(lease.renew(ago(TIMEOUT))).isFalse();

    assertThat(lease.isValid()).isFalse();
    assertThat(lease.heldFor()).isZero();
  }

  @Test
  void renewingAValidLeaseIsNoBreak() {
    lease.renew(ago(Duration.ofSeconds(50)));

    assertThat(lease.renew(ago(Duration.ZERO))).as("it was valid all the time").isFalse();

    assertThat(lease.heldFor()).isGreaterThanOrEqualTo(Duration.ofSeconds(50));
    assertThat(lease.remaining()).isGreaterThan(Duration.ofSeconds(70));
  }

  /** As after a failover to a server whose clock is ahead: all others look dead then. */
  @Test
  void aClockOfTheDatabaseThatGoesForwardBeginsTheTimeItIsHeldAnew() {
    Instant time = Instant.EPOCH;
    renew(ago(Duration.ofSeconds(60)), time);
    int number = lease.number();
    // The second one took 20 seconds, and is no jump.
    renew(ago(Duration.ofSeconds(40)), time.plusSeconds(40));
    assertThat(lease.heldFor()).isGreaterThanOrEqualTo(Duration.ofSeconds(60));

    assertThat(renew(ago(Duration.ofSeconds(20)), time.plusSeconds(90))).isFalse();

    assertThat(lease.heldFor()).isBetween(Duration.ofSeconds(20), Duration.ofSeconds(35));
    assertThat(lease.isStill(number)).as("its own jobs go on").isTrue();
    renew(ago(Duration.ofSeconds(10)), time.plusSeconds(5));
    assertThat(lease.heldFor()).as("back again").isGreaterThanOrEqualTo(Duration.ofSeconds(20));
  }

  /** If the times belonged to different heartbeats, the rescue would rely on neither of them. */
  @Test
  void namesTheLastHeartbeatWithTheTimeForWhichItHasHeld() {
    assertThat(lease.standing()).isEmpty();
    Instant heartbeatAt = Instant.EPOCH.plusSeconds(1);
    lease.renew(ago(Duration.ofSeconds(50)), Instant.EPOCH, heartbeatAt);
    lease.renew(ago(Duration.ofSeconds(10)), Instant.EPOCH.plusSeconds(40), heartbeatAt);

    assertThat(lease.standing().orElseThrow().heartbeatAt()).isEqualTo(heartbeatAt);
    assertThat(lease.standing().orElseThrow().writtenAt()).isEqualTo(Instant.EPOCH.plusSeconds(40));
    assertThat(lease.standing().orElseThrow().heldFor())
        .isBetween(Duration.ofSeconds(50), Duration.ofSeconds(70));

    lease.renew(ago(Duration.ofSeconds(80)), Instant.EPOCH, Instant.EPOCH);
    assertThat(lease.standing()).as("it is not valid").isEmpty();
  }

  @Test
  void aBreakBeginsTheTimeItIsHeldAnew() {
    lease.renew(ago(Duration.ofSeconds(500)));

    assertThat(lease.renew(ago(Duration.ZERO))).isTrue();

    assertThat(lease.heldFor()).isLessThan(Duration.ofSeconds(10));
  }

  @Test
  void anEndedLeaseStaysEnded() {
    lease.renew(ago(Duration.ZERO));
    lease.end();
    assertThat(lease.isValid()).isFalse();

    // The answer to a heartbeat that was under way when the client stopped.
    assertThat(lease.renew(ago(Duration.ZERO))).isFalse();

    assertThat(lease.isValid()).isFalse();
    assertThat(lease.heldFor()).isZero();
  }

  @Test
  void aTimeoutOfAnyLengthIsPossible() {
    var endless = new Lease(ChronoUnit.FOREVER.getDuration());

    endless.renew(System.nanoTime());

    assertThat(endless.isValid()).isTrue();
    assertThat(endless.remaining()).isGreaterThan(Duration.ofDays(365));
  }
}
