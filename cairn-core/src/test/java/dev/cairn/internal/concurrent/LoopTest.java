package dev.cairn.internal.concurrent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LoopTest {
  private final AtomicInteger turns = new AtomicInteger();
  private Loop loop = loop(() -> Loop.UNTIL_RUNG);

  @AfterEach
  void stop() {
    loop.stop();
    assertThat(loop.join(Duration.ofSeconds(10))).isTrue();
  }

  @Test
  void runsATurnForEachRing() {
    loop.start();
    await().until(() -> turns.get() == 1);

    loop.ring();

    await().until(() -> turns.get() == 2);
  }

  @Test
  void triesAgainAfterAFailure() {
    loop =
        loop(() -> {
          if (turns.get() < 3) {
            throw new IllegalStateException("on purpose");
          }
          return Loop.UNTIL_RUNG;
        });

    loop.start();

    await().until(() -> turns.get() == 3);
  }

  /** In an outage every job that ends rings. */
  @Test
  void ringsDoNotMakeALoopThatFailsTryMoreOften() {
    loop =
        loop(() -> {
          throw new IllegalStateException("on purpose");
        });
    long begin = System.nanoTime();

    loop.start();
    await()
        .pollInterval(Duration.ofMillis(1))
        .until(() -> {
          loop.ring();
          return turns.get() >= 4;
        });

    assertThat(Duration.ofNanos(System.nanoTime() - begin))
        .as("the sum of the first three pauses")
        .isGreaterThanOrEqualTo(Duration.ofMillis(100 + 200 + 400));
  }

  @Test
  void aPauseAfterAFailureDoesNotHoldUpAStop() {
    loop =
        loop(() -> {
          loop.stop();
          throw new IllegalStateException("on purpose");
        });

    loop.start();

    await().atMost(Duration.ofMinutes(1)).until(() -> loop.join(Duration.ofMillis(1)));
    assertThat(turns).hasValue(1);
  }

  @Test
  void runsOnAPlatformThreadWithItsName() {
    var seen = new Thread[1];
    loop =
        loop(() -> {
          seen[0] = Thread.currentThread();
          return Loop.UNTIL_RUNG;
        });

    loop.start();
    await().until(() -> turns.get() == 1);

    assertThat(seen[0].isVirtual()).isFalse();
    assertThat(seen[0].getName()).isEqualTo("cairn-test");
  }

  @Test
  void mayBeStartedAndStoppedInAnyOrder() {
    loop.stop();
    loop.stop();
    loop.start();
    loop.start();

    assertThat(loop.join(Duration.ofSeconds(10))).isTrue();
    assertThat(turns).hasValue(0);
  }

  @Test
  void isNotStoppedByAnInterrupt() {
    loop =
        loop(() -> {
          Thread.currentThread().interrupt();
          return turns.get() == 1 ? Duration.ofMillis(1) : Loop.UNTIL_RUNG;
        });

    loop.start();

    await().until(() -> turns.get() == 2);
  }

  private Loop loop(Loop.Turn turn) {
    return new Loop(
        "cairn-test",
        () -> {
          turns.incrementAndGet();
          return turn.run();
        });
  }
}
