package dev.cairn.internal.work;

import static dev.cairn.internal.work.Workshop.LONG;
import static dev.cairn.internal.work.Workshop.PATIENCE;
import static dev.cairn.internal.work.Workshop.awaitTrue;
import static dev.cairn.internal.work.Workshop.claim;
import static dev.cairn.internal.work.Workshop.job;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.InterruptionReason;
import dev.cairn.ResumePolicy;
import dev.cairn.internal.claims.HeldClaim;
import dev.cairn.spi.StuckJobHandler.Decision;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Tag("once")
class DeadlinesTest {
  private static final Duration SOON = Duration.ofMillis(30);

  private final Workshop shop = new Workshop();
  private final List<Long> reported = new CopyOnWriteArrayList<>();
  private Deadlines deadlines = deadlines(SOON, LONG);

  private Deadlines deadlines(Duration interruptDelay, Duration stuckAfter) {
    return new Deadlines(
        new Attempts(shop.register),
        interruptDelay,
        new StuckJobs(
            stuckAfter,
            (job, runningFor) -> {
              reported.add(job.id());
              return Decision.KEEP_SLOT;
            }));
  }

  @AfterEach
  void close() {
    deadlines.stop();
    assertThat(deadlines.join(PATIENCE)).isTrue();
    shop.close();
  }

  /** An attempt of a thread that waits until it is interrupted. */
  private final class Waiting {
    private final Thread thread;
    private final Attempt attempt;

    Waiting(long id, ResumePolicy policy) {
      HeldClaim held = shop.hold(id);
      var made = new CompletableFuture<Attempt>();
      thread =
          Thread.ofVirtual()
              .start(() -> {
                made.complete(shop.attempt(held, job(claim(id)), policy));
                try {
                  new CountDownLatch(1).await();
                } catch (InterruptedException e) {
                  // What the test waits for.
                }
              });
      attempt = made.join();
    }

    Waiting(long id) {
      this(id, ResumePolicy.defaults());
    }

    boolean isInterrupted() {
      return !thread.isAlive();
    }

    void awaitInterrupt() throws InterruptedException {
      assertThat(thread.join(PATIENCE)).as("it is interrupted").isTrue();
    }

    void end() {
      thread.interrupt();
    }
  }

  private static long in(Duration time) {
    return System.nanoTime() + time.toNanos();
  }

  @Test
  void asksAtTheTimeoutAndInterruptsAfterTheDelay() throws InterruptedException {
    deadlines = deadlines(Duration.ofMillis(200), LONG);
    var waiting = new Waiting(1);
    waiting.attempt.setDeadline(in(SOON));
    deadlines.start();
    deadlines.watch(waiting.attempt);

    awaitTrue(() -> waiting.attempt.interruption().isPresent());
    assertThat(waiting.isInterrupted()).as("it may end by itself for now").isFalse();

    waiting.awaitInterrupt();
    assertThat(waiting.attempt.interruption()).contains(InterruptionReason.TIMEOUT);
  }

  @Test
  void anEarlierDeadlineIsSeenInTime() throws InterruptedException {
    deadlines.start();
    var late = new Waiting(1);
    late.attempt.setDeadline(in(LONG));
    deadlines.watch(late.attempt);

    var soon = new Waiting(2);
    soon.attempt.setDeadline(in(SOON));
    deadlines.watch(soon.attempt);

    soon.awaitInterrupt();
    assertThat(late.attempt.interruption()).isEmpty();
    late.end();
  }

  @Test
  void whatHasHadItsTimeIsAskedButNotInterruptedBeforeItsTimeout() throws InterruptedException {
    deadlines.start();
    var waiting = new Waiting(1);
    waiting.attempt.setDeadline(in(Duration.ofMillis(400)));
    waiting.attempt.setMaxRuntime(in(SOON));
    deadlines.watch(waiting.attempt);

    awaitTrue(() -> waiting.attempt.interruption().isPresent());
    assertThat(waiting.attempt.interruption()).contains(InterruptionReason.MAX_RUNTIME);
    assertThat(waiting.isInterrupted()).isFalse();

    waiting.awaitInterrupt();
  }

  @Test
  void anAttemptWhoseCheckpointsDoNotMoveIsInterrupted() throws InterruptedException {
    deadlines.start();
    var waiting = new Waiting(1, ResumePolicy.defaults().withProgressDeadline(SOON));
    deadlines.watch(waiting.attempt);

    waiting.awaitInterrupt();

    assertThat(waiting.attempt.interruption()).contains(InterruptionReason.PROGRESS_DEADLINE);
  }

  @ParameterizedTest
  @EnumSource(names = {"CANCELLED", "LEASE_LOST"})
  void whatMustEndIsInterruptedAfterTheDelayHoweverLongItsTimeout(InterruptionReason reason)
      throws InterruptedException {
    deadlines.start();
    var waiting = new Waiting(1);
    waiting.attempt.setDeadline(in(LONG));

    waiting.attempt.interrupt(reason);
    deadlines.lookNow();

    waiting.awaitInterrupt();
  }

  /** Past the lease what runs is interrupted, also what was asked to stop at its leisure before. */
  @ParameterizedTest
  @EnumSource(names = {"SHUTDOWN", "PAUSED", "REQUESTED", "MAX_RUNTIME"})
  void theLossOfTheLeaseEndsThePatienceOfAnEarlierReason(InterruptionReason patient)
      throws InterruptedException {
    deadlines.start();
    var waiting = new Waiting(1);
    waiting.attempt.setDeadline(in(LONG));
    waiting.attempt.interrupt(patient);
    deadlines.lookNow();
    awaitTrue(() -> waiting.attempt.interruptAtNanos() != Long.MAX_VALUE);

    waiting.attempt.interrupt(InterruptionReason.LEASE_LOST);
    deadlines.lookNow();

    waiting.awaitInterrupt();
  }

  @Test
  void anAttemptThatDoesNotEndIsReportedOnce() throws InterruptedException {
    deadlines = deadlines(SOON, SOON);
    var goOn = new CountDownLatch(1);
    var begun = new CountDownLatch(1);
    var attempts = new Attempt[1];
    HeldClaim held = shop.hold(1);
    Thread stubborn =
        Thread.ofVirtual()
            .start(() -> {
              attempts[0] = shop.attempt(held);
              begun.countDown();
              while (goOn.getCount() > 0) {
                try {
                  goOn.await();
                } catch (InterruptedException e) {
                  // It does not listen.
                }
              }
            });
    begun.await();
    attempts[0].setDeadline(in(SOON));
    deadlines.start();
    deadlines.watch(attempts[0]);

    awaitTrue(() -> reported.contains(1L));
    deadlines.lookNow();
    var other = new Waiting(2);
    other.attempt.setDeadline(in(Duration.ZERO));
    deadlines.watch(other.attempt);
    other.awaitInterrupt();

    assertThat(reported).as("although it was looked at again").containsOnlyOnce(1L);
    assertThat(attempts[0].isStuck()).isTrue();
    goOn.countDown();
    assertThat(stubborn.join(PATIENCE)).isTrue();
  }

  @Test
  void anAttemptThatHasEndedIsLeftAlone() throws InterruptedException {
    deadlines.start();
    var ended = new Waiting(1);
    ended.attempt.setDeadline(in(SOON));
    ended.attempt.held().end();
    var other = new Waiting(2);
    other.attempt.setDeadline(in(SOON));

    deadlines.watch(ended.attempt);
    deadlines.watch(other.attempt);
    other.awaitInterrupt();

    assertThat(ended.attempt.interruption()).isEmpty();
    ended.end();
  }

  @Test
  void mayBeStoppedBeforeTheStartAndTwice() {
    deadlines.stop();
    deadlines.stop();
    deadlines.start();
    deadlines.lookNow();

    assertThat(deadlines.join(PATIENCE)).isTrue();
  }
}
