package dev.cairn.internal.work;

import static dev.cairn.internal.work.Workshop.claim;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.StandIn;
import dev.cairn.internal.store.Connections;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LastJobsTest {
  private static final int JOBS = 100;

  private final Workshop shop = new Workshop();
  private final LastJobs lastJobs =
      new LastJobs(
          shop.register,
          shop.completer,
          StandIn.of(Connections.class).on("abortOf", call -> null).object());

  @AfterEach
  void close() {
    shop.close();
  }

  /** Seen before: 50 milliseconds for each of them. */
  @Test
  void jobsWhoseCheckpointsHangAreGivenUpTogether() {
    for (int id = 1; id <= JOBS; id++) {
      Attempt attempt = shop.attempt(shop.hold(claim(id)));
      attempt.checkpoints().take();
    }
    long begun = System.nanoTime();

    lastJobs.giveUp();

    assertThat(shop.register.hasRunning()).isFalse();
    assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(3));
  }
}
