package dev.cairn.internal.work;

import dev.cairn.spi.StuckJobHandler;
import dev.cairn.spi.StuckJobHandler.Decision;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is done about jobs that do not end after their timeout.
 *
 * @param threshold how long after it they count as stuck
 */
public record StuckJobs(Duration threshold, StuckJobHandler handler) {
  private static final Logger log = LoggerFactory.getLogger(StuckJobs.class);

  /** Returns at once: the handler may take its time. */
  void report(Attempt attempt) {
    Duration runningFor = attempt.times().run();
    log.warn(
        "{} is stuck: it runs for {} and does not end after its timeout",
        attempt.describe(),
        runningFor);
    Thread.ofVirtual().name("cairn-stuck-job").start(() -> handle(attempt, runningFor));
  }

  private void handle(Attempt attempt, Duration runningFor) {
    try {
      if (handler.onStuck(attempt.job(), runningFor) == Decision.OPEN_SLOT) {
        attempt.slot().release();
      }
    } catch (RuntimeException e) {
      log.warn("{} is stuck, and the handler of stuck jobs failed", attempt.describe(), e);
    }
  }
}
