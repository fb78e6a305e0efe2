package dev.cairn.internal.work;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.internal.store.Claim;
import dev.cairn.internal.store.ClaimMark;
import dev.cairn.internal.store.ClaimedJob;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
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
        scheduledAt);
  }

  private static ClaimMark mark(long id, int priority, int second) {
    return new ClaimMark(priority, NOON.plusSeconds(second), id);
  }

  /** A look that takes a millisecond. */
  private List<ClaimMark> look(long atMillis, boolean limited, ClaimedJob... claimed) {
    long began = atMillis * MILLI;
    List<ClaimMark> from = marks.begin(began);
    marks.looked(from, List.of(claimed), limited, began, began + MILLI);
    return from;
  }

  @Test
  void theFirstLookIsAFullOneAndTheNextBeginsBehindTheLastJobOfEachPriority() {
    assertThat(look(0, true, job(1, 1, 5), job(2, 1, 6), job(3, 2, 1))).isEmpty();

    assertThat(look(1, true)).containsExactlyInAnyOrder(mark(2, 1, 6), mark(3, 2, 1));
  }

  @Test
  void aFullLookComesAgainAfterATenthOfASecond() {
    look(0, true, job(1, 1, 5));

    assertThat(look(100, true)).isNotEmpty();
    assertThat(look(101, true, job(2, 1, 6))).isEmpty();
    assertThat(look(102, true)).containsExactly(mark(2, 1, 6));
  }

  @Test
  void fullLooksThatTakeLongAreRarer() {
    marks.looked(List.of(), List.of(job(1, 1, 5)), true, 0, 50 * MILLI);

    assertThat(marks.begin(1_049 * MILLI)).isNotEmpty();
    assertThat(marks.begin(1_050 * MILLI)).isEmpty();
    assertThat(marks.untilFullLook(1_000 * MILLI)).isEqualTo(Duration.ofMillis(50));
  }

  @Test
  void aLookThatFindsNothingIsFollowedByAFullOneInTime() {
    look(0, false);

    assertThat(marks.untilFullLook(MILLI)).isEqualTo(Duration.ofMillis(100));
    assertThat(marks.untilFullLook(500 * MILLI)).isZero();
  }

  @Test
  void aJobBeforeTheMarkDoesNotTakeItBack() {
    look(0, true, job(7, 1, 5));

    look(1, false, job(3, 1, 2));
    assertThat(marks.begin(2 * MILLI)).containsExactly(mark(7, 1, 5));

    look(200, false, job(4, 1, 2));
    assertThat(marks.begin(202 * MILLI)).containsExactly(mark(7, 1, 5));
  }

  @Test
  void whereAFullLookHadNoRoomForAllTheMarkGoesBackForTheLastPriorityOnly() {
    look(0, true, job(7, 1, 5), job(8, 2, 5));

    look(200, true, job(3, 1, 2), job(4, 2, 2));

    assertThat(marks.begin(202 * MILLI)).containsExactlyInAnyOrder(mark(7, 1, 5), mark(4, 2, 2));
  }

  @Test
  void jobsOfTheSameTimeAreOrderedByTheirId() {
    look(0, true, job(7, 1, 5));

    look(1, true, job(9, 1, 5));
    look(2, true, job(8, 1, 5));

    assertThat(marks.begin(3 * MILLI)).containsExactly(mark(9, 1, 5));
  }
}
