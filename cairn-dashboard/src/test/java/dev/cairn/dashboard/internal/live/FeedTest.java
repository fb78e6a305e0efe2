package dev.cairn.dashboard.internal.live;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cairn.dashboard.internal.answer.Failures;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
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
  private static final Duration PATIENCE = Duration.ofMinutes(1);

  /** Longer than a test takes. */
  private static final Duration LONG_PAUSE = Duration.ofHours(1);

  private final Queue<Throwable> reported = new ConcurrentLinkedQueue<>();

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

  /** The host of the database has vanished while it was asked, for example. */
  @Test
  void aLookThatDoesNotReturnIsToldAndWhoComesNextGetsAFreshOne() throws Exception {
    var released = new CountDownLatch(1);
    try (var feeds =
            new Feeds(
                Duration.ZERO, Duration.ofMillis(100), Duration.ofMillis(100), reported::add);
        var first = feeds.join("jobs", () -> hang(released, "old"))) {
      assertThat(first.next(PATIENCE.toMillis()).text())
          .startsWith("event: trouble\n")
          .contains("does not answer");

      try (var second = feeds.join("jobs", () -> "{\"n\":\"fresh\"}")) {
        assertThat(second.next(PATIENCE.toMillis()).text()).contains("fresh");
        assertThat(first.next(PATIENCE.toMillis()).over()).isTrue();

        released.countDown();
        await().atMost(PATIENCE).until(() -> feeds.replaced() == 0);
        assertThat(feeds.remembered()).isEqualTo(1);
        assertThat(second.next(1).text()).isEmpty();
      }
    }
  }

  @Test
  void aLookThatReturnsAfterAllIsShown() throws Exception {
    var released = new CountDownLatch(1);
    try (var feeds = new Feeds(LONG_PAUSE, Duration.ofMillis(100), Feed.LOST_AFTER, reported::add);
        var viewer = feeds.join("jobs", () -> hang(released, "late"))) {
      assertThat(viewer.next(PATIENCE.toMillis()).text()).startsWith("event: trouble\n");
      released.countDown();
      assertThat(viewer.next(PATIENCE.toMillis()).text())
          .startsWith("event: data\n")
          .contains("late");
    }
  }

  /** Seen before: its viewers were cut, and each of them asked the slow database for itself. */
  @Test
  void aLookThatIsOnlySlowIsNotReplaced() throws Exception {
    var released = new CountDownLatch(1);
    Supplier<String> another =
        () -> {
          throw new AssertionError("a second look beside the first");
        };
    try (var feeds = new Feeds(LONG_PAUSE, Duration.ofMillis(100), Feed.LOST_AFTER, reported::add);
        var first = feeds.join("jobs", () -> hang(released, "late"))) {
      assertThat(first.next(PATIENCE.toMillis()).text()).startsWith("event: trouble\n");

      try (var second = feeds.join("jobs", another)) {
        assertThat(second.next(PATIENCE.toMillis()).text()).startsWith("event: trouble\n");
        assertThat(feeds.replaced()).isZero();
        released.countDown();
        assertThat(first.next(PATIENCE.toMillis()).text()).contains("late");
        assertThat(second.next(PATIENCE.toMillis()).text()).contains("late");
      }
    }
  }

  /** Each of them may hold a connection of the application. */
  @Test
  void onlyAFewLooksHangAtATime() throws Exception {
    var released = new CountDownLatch(1);
    var looks = new AtomicInteger();
    Supplier<String> look =
        () -> {
          looks.incrementAndGet();
          return hang(released, "old");
        };
    try (var feeds =
        new Feeds(Duration.ZERO, Duration.ofMillis(20), Duration.ofMillis(20), reported::add)) {
      for (int i = 0; i < 10; i++) {
        try (var viewer = feeds.join("jobs", look)) {
          assertThat(viewer.next(PATIENCE.toMillis()).text()).startsWith("event: trouble\n");
        }
      }
      assertThat(looks).hasValue(4);
      released.countDown();
      await().atMost(PATIENCE).until(() -> feeds.remembered() == 0 && feeds.replaced() == 0);
    }
  }

  /** A page that is open sends nothing else that would be logged. */
  @Test
  void aLookThatFailsIsReportedOnceAMinute() throws Exception {
    var looks = new AtomicInteger();
    Supplier<String> look =
        () -> {
          throw new IllegalArgumentException("look " + looks.incrementAndGet());
        };
    Supplier<String> broken =
        () -> {
          throw new ClassCastException("look " + looks.incrementAndGet());
        };
    try (var feeds = new Feeds(Duration.ZERO, Feed.HANGS_AFTER, Feed.LOST_AFTER, reported::add);
        var wrong = feeds.join("wrong", look);
        var viewer = feeds.join("jobs", broken)) {
      assertThat(wrong.next(PATIENCE.toMillis()).text()).startsWith("event: trouble\n");
      assertThat(viewer.next(PATIENCE.toMillis()).text())
          .startsWith("event: trouble\n")
          .contains("see its log");
      int before = looks.get();
      await()
          .atMost(PATIENCE)
          .until(() -> {
            feeds.wake();
            return looks.get() >= before + 4;
          });
      assertThat(reported).hasOnlyElementsOfType(ClassCastException.class).hasSize(1);
    }
  }

  private static String hang(CountDownLatch released, String found) {
    try {
      assertThat(released.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
    return "{\"n\":\"%s\"}".formatted(found);
  }

  /** Too little memory to write an event, for example. */
  @Test
  void aFeedThatFailsLetsItsViewersGoAndTheNextOneBeginsAnew() throws Exception {
    var looks = new AtomicInteger();
    Supplier<String> look = () -> looks.incrementAndGet() == 2 ? null : "{\"n\":" + looks + "}";
    try (var feeds = new Feeds(Duration.ZERO, Feed.HANGS_AFTER, Feed.LOST_AFTER, reported::add);
        var first = feeds.join("jobs", look)) {
      assertThat(first.next(PATIENCE.toMillis()).text()).contains("\"n\":1");
      assertThat(first.next(PATIENCE.toMillis()).over()).isTrue();
      await().atMost(PATIENCE).until(() -> feeds.remembered() == 0);
      assertThat(reported).hasOnlyElementsOfType(NullPointerException.class).hasSize(1);

      try (var next = feeds.join("jobs", look)) {
        assertThat(next.next(PATIENCE.toMillis()).text()).contains("\"n\":3");
      }
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
