package dev.cairn.internal.concurrent;

import static dev.cairn.Races.require;

import dev.cairn.Races;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class WakeupRacesTest {
  private static final Duration LONG = Duration.ofDays(1);

  /** What is rung for. */
  private static final class Doorbell {
    private final Wakeup wakeup = new Wakeup();
    private volatile boolean first;
    private volatile boolean second;

    void ringFirst() {
      first = true;
      wakeup.ring();
    }

    void ringSecond() {
      second = true;
      wakeup.ring();
    }
  }

  @Test
  void noRingIsLost() {
    Races.of(Doorbell::new)
        .thread(Doorbell::ringFirst)
        .thread(Doorbell::ringSecond)
        .thread(doorbell -> {
          while (!doorbell.first || !doorbell.second) {
            doorbell.wakeup.await(LONG);
          }
        })
        .run(doorbell -> require(doorbell.second, "the wait has ended too early"));
  }

  @Test
  void noRingIsLostToAWaitThatTimesOut() {
    Races.of(Doorbell::new)
        .thread(Doorbell::ringFirst)
        .thread(doorbell -> doorbell.wakeup.await(Duration.ofNanos(500)))
        .run(doorbell -> {
          // Whether the ring was heard or not: the next one is.
          doorbell.wakeup.ring();
          doorbell.wakeup.await(LONG);
        });
  }
}
