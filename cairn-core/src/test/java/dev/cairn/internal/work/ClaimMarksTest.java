package dev.cairn.internal.work;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.internal.store.Claim;
import dev.cairn.internal.store.ClaimMark;
import dev.cairn.internal.store.ClaimRange;
import dev.cairn.internal.store.ClaimedJob;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ClaimMarksTest {
  private static final Instant NOON = Instant.parse("2026-11-25T12:00:00Z");
  private static final long MILLI = Duration.ofMillis(1).toNanos();

  private final ClaimMarks marks = new ClaimMarks(0);

  private static ClaimedJob job(long id, int priority, int second) {
    Instant scheduledAt = NOON.plusSeconds(second);
    return new ClaimedJob(
        new Claim(id, NOON, "client"),
        "kind",
        "{}",
        1,
        25,
        0,
        1,
        priority,
        "default",
        List.of(),
        "{}",
        NOON,
        scheduledAt,
        null);
  }

  private static ClaimMark mark(long id, int priority, int second) {
    return new ClaimMark(priority, NOON.plusSeconds(second), id);
  }

  /** A look that takes a millisecond. */
  private ClaimRange look(long atMillis, boolean limited, ClaimedJob... claimed) {
    return look(atMillis, 1, limited, List.of(claimed));
  }

  private ClaimRange look(long atMillis, long millis, boolean limited, List<ClaimedJob> claimed) {
    long began = atMillis * MILLI;
    ClaimRange range = marks.next(false, began);
    marks.looked(range, claimed, limited, began, began + millis * MILLI);
    return range;
  }

  /** Claims so many jobs, one a second, from one second on. */
  private void claim(int jobs, int firstSecond) {
    List<ClaimedJob> claimed =
        IntStream.range(firstSecond, firstSecond + jobs).mapToObj(at -> job(at, 1, at)).toList();
    marks.looked(ClaimRange.ALL, claimed, true, 0, MILLI);
  }

  @Test
  void theFirstLookIsOverAllJobsAndTheNextBeginsBehindTheLastOfEachPriority() {
    assertThat(look(0, true, job(1, 1, 5), job(2, 1, 6), job(3, 2, 1))).isEqualTo(ClaimRange.ALL);

    ClaimRange next = look(1, true);
    assertThat(next.from()).containsExactlyInAnyOrder(mark(2, 1, 6), mark(3, 2, 1));
    assertThat(next.to()).isEmpty();
  }

  @Test
  void aLookBackToTheMarksComesEveryTenthOfASecondAndNeverTwiceInARow() {
    look(0, true, job(1, 1, 5));
    assertThat(look(99, true).to()).isEmpty();

    assertThat(look(100, false)).isEqualTo(new ClaimRange(List.of(), List.of(mark(1, 1, 5))));
    assertThat(look(400, true).to()).isEmpty();
    assertThat(look(401, false).to()).isNotEmpty();
  }

  @Test
  void looksBackThatTakeLongAreRarer() {
    look(0, true, job(1, 1, 5));

    look(100, 8, false, List.of());
    look(109, true);
    assertThat(look(267, true).to()).as("20 times 8 ms after its end").isEmpty();
    assertThat(look(268, false).to()).isNotEmpty();
  }

  /** Seen in the matrix: rescued jobs waited for more than ten seconds on a busy machine. */
  @Test
  void aLookBackThatHadToWaitPutsTheNextOffByASecondAtMost() {
    look(0, true, job(1, 1, 5));

    look(100, 3_000, false, List.of());
    assertThat(look(3_101, false).to()).isEmpty();
    assertThat(look(4_099, false).to()).isEmpty();
    assertThat(look(4_100, 500, false, List.of()).to()).isNotEmpty();
    assertThat(look(4_601, false).to()).isEmpty();
    assertThat(look(9_599, false).to()).as("the second slow one in a row").isEmpty();
    assertThat(look(9_600, false).to()).isNotEmpty();
  }

  @Test
  void whoHasLookedEverywhereRestsUntilThePoll() {
    Duration poll = Duration.ofSeconds(1);
    look(0, false);
    assertThat(marks.rest(poll, MILLI)).as("nothing was ever there").isEqualTo(poll);

    look(10, false, job(1, 1, 5));
    assertThat(marks.rest(poll, 11 * MILLI))
        .as("a look back is due")
        .isEqualTo(Duration.ofMillis(89));
    look(100, false);
    assertThat(marks.rest(poll, 101 * MILLI)).isEqualTo(poll);
  }

  @Test
  void whileThereIsMoreAheadNobodyRestsAfterALookBack() {
    look(0, true, job(1, 1, 5));

    assertThat(look(100, false).to()).isNotEmpty();

    assertThat(marks.rest(Duration.ofHours(1), 101 * MILLI)).isZero();
    assertThat(look(101, false).to()).isEmpty();
    assertThat(marks.rest(Duration.ofHours(1), 102 * MILLI)).isPositive();
  }

  @Test
  void aLookBackThatIsDueGivesWayToOneCall() {
    look(0, false, job(1, 1, 5));

    assertThat(marks.next(true, 500 * MILLI).isBack()).isFalse();
    assertThat(marks.next(false, 500 * MILLI).isBack()).isTrue();
  }

  @Test
  void whoIsCalledAllTheTimeLooksBackAllTheSame() {
    look(0, false, job(1, 1, 5));

    int back = 0;
    for (int i = 0; i < 100; i++) {
      long began = (500 + 10 * i) * MILLI;
      ClaimRange range = marks.next(true, began);
      marks.looked(range, List.of(), false, began, began + MILLI);
      back += range.isBack() ? 1 : 0;
    }

    assertThat(back).as("in one second").isBetween(5, 10);
  }

  @Test
  void aJobBeforeTheMarkDoesNotTakeItBack() {
    look(0, true, job(7, 1, 5));

    look(1, false, job(3, 1, 2));
    look(100, false, job(4, 1, 2));

    assertThat(marks.next(false, 101 * MILLI).from()).containsExactly(mark(7, 1, 5));
  }

  @Test
  void whereALookBackHadNoRoomForAllTheMarkGoesBackForTheLastPriorityOnly() {
    look(0, true, job(7, 1, 5), job(8, 2, 5));

    look(100, true, job(3, 1, 2), job(4, 2, 2));

    assertThat(marks.next(false, 101 * MILLI).from())
        .containsExactlyInAnyOrder(mark(7, 1, 5), mark(4, 2, 2));
  }

  @Test
  void jobsOfTheSameTimeAreOrderedByTheirId() {
    look(0, true, job(7, 1, 5));

    look(1, true, job(9, 1, 5));
    look(2, true, job(8, 1, 5));

    assertThat(marks.next(false, 3 * MILLI).from()).containsExactly(mark(9, 1, 5));
  }

  @Test
  void aLongWayBackIsWalkedInSectionsThatGrowWhileTheyAreCheap() {
    claim(10_000, 0);
    claim(10_000, 10_000);
    claim(5_000, 20_000);
    ClaimMark first = mark(9_999, 1, 9_999);
    ClaimMark last = mark(24_999, 1, 24_999);

    look(99, false);
    assertThat(look(100, false)).isEqualTo(new ClaimRange(List.of(), List.of(first)));
    assertThat(marks.rest(Duration.ofHours(1), 101 * MILLI)).isEqualTo(Duration.ofMillis(100));
    look(200, false);
    assertThat(look(201, false)).isEqualTo(new ClaimRange(List.of(first), List.of(last)));
    assertThat(marks.rest(Duration.ofHours(1), 202 * MILLI)).isEqualTo(Duration.ofHours(1));

    look(400, true);
    assertThat(look(401, 15, false, List.of()))
        .as("all at once, which takes long")
        .isEqualTo(new ClaimRange(List.of(), List.of(last)));
    look(900, true);
    assertThat(look(901, false).to()).as("so the next is shorter").containsExactly(first);
    look(1_100, true);
    assertThat(look(1_101, false)).isEqualTo(new ClaimRange(List.of(first), List.of(last)));
  }

  /** After some ten million jobs the trail loses half of its places. */
  @Test
  void looksBackGoOnWhereTheyWereWhenTheTrailIsThinnedOut() {
    int looksBack = 0;
    for (int i = 0; i < 1_500; i++) {
      claim(10_000, 10_000 * i);
      long began = (1_000 + 500L * i) * MILLI;
      ClaimRange range = marks.next(false, began);
      // Each is slow, so that the next one covers no more than one section.
      marks.looked(range, List.of(), false, began, began + 15 * MILLI);
      looksBack += range.isBack() ? 1 : 0;
    }

    assertThat(looksBack).isGreaterThan(1_024);
  }

  @Test
  void whatIsBehindAMarkThatWentBackIsNoWayBackAnyMore() {
    claim(10_000, 0);
    claim(10_000, 10_000);

    look(100, true, job(5, 1, 500));

    assertThat(marks.next(false, 101 * MILLI).from()).containsExactly(mark(5, 1, 500));
    look(101, true);
    assertThat(look(300, false)).isEqualTo(new ClaimRange(List.of(), List.of(mark(5, 1, 500))));
  }

  @Test
  void theTrailStaysShort() {
    var trail = new ClaimTrail();
    for (int second = 0; second < 5_000; second++) {
      trail.claimed(10_000, Map.of(1, mark(second, 1, second)));
    }

    assertThat(trail.sections()).isBetween(512, 1_024);
    assertThat(trail.place(0)).isEmpty();
    assertThat(trail.place(1).getFirst().jobId()).isLessThan(20);
    assertThat(trail.place(trail.sections() - 1).getFirst().jobId()).isGreaterThan(4_900);
  }
}
