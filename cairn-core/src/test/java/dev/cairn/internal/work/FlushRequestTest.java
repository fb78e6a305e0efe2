package dev.cairn.internal.work;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class FlushRequestTest {
  private final Workshop shop = new Workshop();
  private final FlushRequest request =
      new FlushRequest(shop.attempt(shop.hold(1)).checkpoints(), 1);

  @AfterEach
  void close() {
    shop.close();
  }

  private Duration lockedFor(Duration at) {
    return request.lockedFor(at.toNanos());
  }

  @Test
  void theTimeBetweenChecksThatFindTheRowLockedAddsUp() {
    assertThat(lockedFor(Duration.ofMillis(-100))).isZero();
    assertThat(lockedFor(Duration.ofMillis(20))).isEqualTo(Duration.ofMillis(120));
    assertThat(lockedFor(Duration.ofMillis(520))).isEqualTo(Duration.ofMillis(620));

    request.notLocked();

    assertThat(lockedFor(Duration.ofMillis(600))).isZero();
    assertThat(lockedFor(Duration.ofMillis(700))).isEqualTo(Duration.ofMillis(100));
  }

  /** Nobody saw a lock meanwhile. Seen before: the attempt failed because of its pause. */
  @Test
  void aPauseOfTheProcessOrOfTheServerHardlyCounts() {
    assertThat(lockedFor(Duration.ofSeconds(1))).isZero();

    assertThat(lockedFor(Duration.ofSeconds(21))).isEqualTo(Duration.ofSeconds(1));
    assertThat(lockedFor(Duration.ofMillis(21_500))).isEqualTo(Duration.ofMillis(1_500));
  }
}
