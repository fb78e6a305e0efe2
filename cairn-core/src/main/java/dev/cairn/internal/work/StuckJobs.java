package dev.cairn.internal.work;

import dev.cairn.internal.foreign.ForeignCode;
import dev.cairn.internal.foreign.Log;
import dev.cairn.spi.ErrorHandler;
import dev.cairn.spi.ErrorHandler.SlotDecision;
import java.time.Duration;

/**
 * Reports jobs that do not end after their timeout or progress deadline.
 *
 * @param threshold how long after that limit a job counts as stuck
 */
public record StuckJobs(Duration threshold, ErrorHandler handler) {
  private static final Log log = Log.of(StuckJobs.class);

  /** Reports a stuck job. Returns at once, because the handler may be slow. */
  void report(Attempt attempt) {
    Duration runningFor = attempt.times().run();
    log.warn(
        "{} is stuck: it has been running for {} and does not stop, although {} [CAIRN-507]",
        attempt.describe(),
        runningFor,
        attempt.interruption().map(attempt.stopRequest()::explain).orElse("it was asked to"));
    Thread thread =
        Thread.ofVirtual()
            .name("cairn-stuck-job")
            .inheritInheritableThreadLocals(false)
            .unstarted(() -> handle(attempt, runningFor));
    thread.setContextClassLoader(Thread.currentThread().getContextClassLoader());
    thread.start();
  }

  private void handle(Attempt attempt, Duration runningFor) {
    SlotDecision decision =
        ForeignCode.ask(
            handler,
            "when called because %s is stuck".formatted(attempt.describe()),
            SlotDecision.KEEP_SLOT,
            () -> handler.onStuck(attempt.job(), runningFor));
    if (decision == SlotDecision.OPEN_SLOT) {
      attempt.slot().release();
    }
  }
}
