package dev.cairn.internal.work;

import static dev.cairn.internal.work.Workshop.claim;
import static dev.cairn.internal.work.Workshop.completed;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.internal.concurrent.Loop;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import org.junit.jupiter.api.Test;

class LateOutcomesTest {
  private final LateOutcomes late = new LateOutcomes();
  private final Deque<Ending> due = new ArrayDeque<>();
  private final Workshop shop = new Workshop();

  private Ending ending(long id) {
    return new Ending(shop.hold(id), completed(claim(id)));
  }

  @Test
  void onlyThoseWhoseTimeHasComeAreMovedTheEarliestFirst() {
    Ending second = ending(2);
    Ending first = ending(1);
    late.add(ending(3), Duration.ofDays(1));
    late.add(second, Duration.ofNanos(1));
    late.add(first, Duration.ofHours(-1));

    while (due.size() < 2) {
      late.dueTo(due);
    }

    assertThat(due).containsExactly(first, second);
    assertThat(late.untilNext()).isBetween(Duration.ofHours(23), Duration.ofDays(1));
  }

  @Test
  void withoutAnyThereIsNothingToWaitFor() {
    assertThat(late.untilNext()).isEqualTo(Loop.UNTIL_RUNG);
  }

  @Test
  void theWaitIsNeverZeroWhichWouldSkipTheDoorbell() {
    late.add(ending(1), Duration.ZERO);

    assertThat(late.untilNext()).isPositive();
  }

  @Test
  void eachFailureMakesTheNextPauseLongerUpToSomeSeconds() {
    Ending ending = ending(1);
    Duration before = ending.pause();
    for (int i = 0; i < 7; i++) {
      ending.failed(new FailureEvidence(System::nanoTime));
      assertThat(ending.pause()).isGreaterThan(before);
      before = ending.pause();
    }
    ending.failed(new FailureEvidence(System::nanoTime));

    assertThat(ending.pause()).isEqualTo(before).isLessThan(Duration.ofSeconds(10));
  }
}
