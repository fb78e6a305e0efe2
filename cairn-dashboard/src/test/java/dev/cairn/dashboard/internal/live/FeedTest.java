package dev.cairn.dashboard.internal.live;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What live views cost, and when they look. */
@Timeout(60)
class FeedTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  /** All feeds together look for a hundredth of the time. */
  @ParameterizedTest
  @CsvSource({"1, 1, 1000", "20, 1, 2000", "20, 3, 6000", "200, 2, 40000", "5000, 1, 60000"})
  void theySharePartOfTheTime(long costMs, int feeds, long pauseMs) {
    assertThat(Feed.pauseAfter(Duration.ofMillis(costMs).toNanos(), feeds))
        .isEqualTo(Duration.ofMillis(pauseMs).toNanos());
  }

  @Test
  void whoComesBackSoonCostsNothing() throws Exception {
    var looks = new AtomicInteger();
    try (var feeds = new Feeds()) {
      try (var first = feeds.join("jobs", () -> "{\"n\":" + looks.incrementAndGet() + "}")) {
        assertThat(first.next(PATIENCE.toMillis()).text()).contains("\"n\":1");
      }
      assertThat(feeds.size()).isZero();
      try (var again =
          feeds.join(
              "jobs",
              () -> {
                throw new AssertionError("the first look is still good");
              })) {
        assertThat(again.next(PATIENCE.toMillis()).text()).contains("\"n\":");
        assertThat(feeds.size()).isEqualTo(1);
      }
    }
  }

  @Test
  void aFeedWithoutViewersIsForgotten() throws Exception {
    try (var feeds = new Feeds()) {
      try (var viewer = feeds.join("jobs", () -> "{}")) {
        assertThat(viewer.next(PATIENCE.toMillis()).text()).isNotEmpty();
      }
      await().atMost(PATIENCE).until(() -> feeds.remembered() == 0);
    }
  }

  @Test
  void anActIsSeenAtOnce() throws Exception {
    var looks = new AtomicInteger();
    try (var feeds = new Feeds();
        var viewer = feeds.join("jobs", () -> "{\"n\":" + looks.incrementAndGet() + "}")) {
      viewer.next(PATIENCE.toMillis());
      int before = looks.get();

      feeds.wake();

      await().atMost(Duration.ofMillis(900)).until(() -> looks.get() > before);
    }
  }
}
