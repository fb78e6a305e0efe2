package dev.cairn;

import static dev.cairn.Races.require;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Whether what the other tests of races rely on is found at all. */
class RacesTest {
  private static final Duration LONG = Duration.ofSeconds(20);

  /** Makes a fault a little easier to find, for machines that are busy with other things. */
  private static void pause() {
    for (int i = 0; i < 30; i++) {
      Thread.onSpinWait();
    }
  }

  /** Loses an update now and then. */
  private static final class Counter {
    private volatile int count;

    void count() {
      int before = count;
      pause();
      count = before + 1;
    }
  }

  @Test
  void aLostUpdateIsFoundAndTheSeedNamed() {
    assertThatThrownBy(() ->
            Races.of(Counter::new)
                .thread(Counter::count)
                .thread(Counter::count)
                .forAtMost(LONG)
                .run(counter -> require(counter.count == 2, "an update is lost")))
        .hasMessageContaining("of seed")
        .hasRootCauseMessage("an update is lost");
  }

  /** Two questions that are answered one after the other: what moves on is seen by neither. */
  private static final class Passage {
    private volatile boolean before = true;
    private volatile boolean behind;
    private volatile boolean seenNowhere;

    void pass() {
      behind = true;
      before = false;
    }

    void look() {
      boolean isBehind = behind;
      pause();
      seenNowhere = !isBehind && !before;
    }
  }

  @Test
  void whatIsSeenByNeitherOfTwoLooksIsFound() {
    assertThatThrownBy(() ->
            Races.of(Passage::new)
                .thread(Passage::pass)
                .thread(Passage::look)
                .forAtMost(LONG)
                .run(passage -> require(!passage.seenNowhere, "seen nowhere")))
        .hasRootCauseMessage("seen nowhere");
  }

  @Test
  void whatAThreadThrowsFailsTheRound() {
    assertThatThrownBy(() ->
            Races.of(Counter::new)
                .thread(counter -> {
                  throw new IllegalStateException("on purpose");
                })
                .run(counter -> {}))
        .hasRootCauseMessage("on purpose");
  }

  @Test
  void whatIsRightPasses() {
    Races.of(AtomicInteger::new)
        .thread(AtomicInteger::incrementAndGet)
        .thread(AtomicInteger::incrementAndGet)
        .run(counter -> require(counter.get() == 2, "an update is lost"));
  }
}
