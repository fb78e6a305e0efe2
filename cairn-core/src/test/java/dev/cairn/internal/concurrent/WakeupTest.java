package dev.cairn.internal.concurrent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNoException;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.time.temporal.ChronoUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class WakeupTest {
  @Test
  void waitsForEverUntilItRings() throws InterruptedException {
    var wakeup = new Wakeup();
    Thread waiting =
        Thread.ofPlatform().start(() -> wakeup.await(ChronoUnit.FOREVER.getDuration()));
    await().until(() -> waiting.getState() == Thread.State.TIMED_WAITING);

    wakeup.ring();

    assertThat(waiting.join(Duration.ofSeconds(10))).isTrue();
  }

  @Test
  @Timeout(10)
  void doesNotWaitForANegativeTime() {
    assertThatNoException()
        .isThrownBy(() -> new Wakeup().await(Duration.ofSeconds(Long.MIN_VALUE)));
  }
}
