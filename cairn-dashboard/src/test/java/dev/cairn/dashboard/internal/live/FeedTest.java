package dev.cairn.dashboard.internal.live;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cairn.dashboard.internal.answer.Failures;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What live views cost, and when they look. */
@Timeout(120)
class FeedTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  /** Longer than a test takes. */
  private static final Duration LONG_PAUSE = Duration.ofHours(1);

  /** All feeds together look for a hundredth of the time. */
  @ParameterizedTest
  @CsvSource({"1, 1, 1000", "20, 1, 2000", "20, 3, 6000", "200, 2, 40000", "5000, 1, 60000"})
  void theySharePartOfTheTime(long costMs, int feeds, long pauseMs) {
    assertThat(Feed.pauseAfter(Duration.ofMillis(costMs).toNanos(), feeds))
        .isEqualTo(Duration.ofMillis(pauseMs).toNanos());
  }

  /** What took too long has cost the database all that time. Otherwise the database may be away. */
  @ParameterizedTest
  @CsvSource({"5, false, 1000", "5000, false, 10000", "5, true, 1000", "5000, true, 60000"})
  void trouble(long costMs, boolean tookTooLong, long pauseMs) {
    assertThat(Feed.pauseAfterTrouble(Duration.ofMillis(costMs).toNanos(), 1, tookTooLong))
        .isEqualTo(Duration.ofMillis(pauseMs).toNanos());
  }

  @Test
  void aStatementThatWasEndedTookTooLong() {
    assertThat(Failures.tookTooLong(new IllegalStateException(new SQLException("", "57014"))))
        .isTrue();
    assertThat(Failures.tookTooLong(new IllegalStateException(new SQLException("", "08001"))))
        .isFalse();
    assertThat(Failures.tookTooLong(new IllegalStateException())).isFalse();
  }

  @Test
  void whoComesBackGetsTheTimeOfTheLastLookAlthoughNothingHasChanged() throws Exception {
    var looks = new AtomicInteger();
    Supplier<String> look = () -> "{\"now\":\"%03d\"}".formatted(looks.incrementAndGet());
    try (var feeds = new Feeds();
        var first = feeds.join("jobs", look)) {
      assertThat(first.next(PATIENCE.toMillis()).text()).contains("\"now\":\"001\"");
      await().atMost(PATIENCE).until(() -> looks.get() >= 4);

      try (var again = feeds.join("jobs", look)) {
        assertThat(again.next(PATIENCE.toMillis()).text())
            .containsPattern("\"now\":\"(00[3-9]|0[1-9]\\d|[1-9]\\d\\d)\"");
      }
      assertThat(first.next(1).text()).isEmpty();
    }
  }

  @Test
  void manyActsDoNotMakeItLookAllTheTime() throws Exception {
    var looks = new AtomicInteger();
    try (var feeds = new Feeds();
        var viewer = feeds.join("jobs", () -> "{\"n\":" + looks.incrementAndGet() + "}")) {
      viewer.next(PATIENCE.toMillis());
      // The time is measured around the looks that are counted, in case this thread has to wait.
      long begun = System.nanoTime();
      int before = looks.get();
      int count = 0;
      long passed = 0;
      while (passed < 1_000_000_000L) {
        feeds.wake();
        LockSupport.parkNanos(1_000_000);
        count = looks.get() - before;
        passed = System.nanoTime() - begun;
      }

      // One every quarter of a second, and one that was due at the beginning.
      assertThat(count).isLessThanOrEqualTo((int) (passed / 250_000_000L) + 1);
      await().atMost(PATIENCE).until(() -> looks.get() > before);
    }
  }

  @Test
  void whoComesBackSoonCostsNothing() throws Exception {
    var looks = new AtomicInteger();
    try (var feeds = new Feeds(LONG_PAUSE)) {
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
    try (var feeds = new Feeds(LONG_PAUSE);
        var viewer = feeds.join("jobs", () -> "{\"n\":" + looks.incrementAndGet() + "}")) {
      viewer.next(PATIENCE.toMillis());
      int before = looks.get();

      feeds.wake();

      await().atMost(PATIENCE).until(() -> looks.get() > before);
    }
  }
}
