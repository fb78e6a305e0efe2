package dev.cairn.internal.work;

import static dev.cairn.internal.work.Workshop.LONG;
import static dev.cairn.internal.work.Workshop.PATIENCE;
import static dev.cairn.internal.work.Workshop.awaitTrue;
import static dev.cairn.internal.work.Workshop.claim;
import static dev.cairn.internal.work.Workshop.job;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.InterruptionReason;
import dev.cairn.Job;
import dev.cairn.ResumePolicy;
import dev.cairn.TimeLimitException;
import dev.cairn.internal.claims.HeldClaim;
import dev.cairn.internal.claims.Lease;
import dev.cairn.spi.ErrorHandler;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class DeadlinesTest {
  private static final Duration SOON = Duration.ofMillis(30);

  private final Workshop shop = new Workshop();
  private final List<Long> reported = new CopyOnWriteArrayList<>();
  private final Lease lease = Workshop.validLease();
  private Deadlines deadlines = deadlines(SOON, LONG);

  private Deadlines deadlines(Duration interruptDelay, Duration stuckAfter) {
    return new Deadlines(
        new Attempts(shop.register),
        lease,
        interruptDelay,
        new StuckJobs(
            stuckAfter,
            new ErrorHandler() {
              @Override
              public Decision onFailure(Job<?> job, Throwable failure) {
                return Decision.proceed();
              }

              @Override
              public SlotDecision onStuck(Job<?> job, Duration runningFor) {
                reported.add(job.id());
                return SlotDecision.KEEP_SLOT;
              }
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
    private volatile long endedNanos;

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
                  endedNanos = System.nanoTime();
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

  private static AttemptTimeout lasting(Duration time) {
    return new AttemptTimeout(time, "Worker.timeout", false);
  }

  @Test
  void asksAtTheTimeoutWithoutAnInterrupt() {
    deadlines = deadlines(LONG, LONG);
    var waiting = new Waiting(1);
    waiting.attempt.stopRequest().limits().setTimeout(lasting(SOON), System.nanoTime());
    deadlines.start();
    deadlines.watch(waiting.attempt);

    awaitTrue(() -> waiting.attempt.interruption().isPresent());
    assertThat(waiting.isInterrupted()).as("it may end by itself for now").isFalse();
    assertThat(waiting.attempt.interruption()).contains(InterruptionReason.TIMEOUT);
    waiting.end();
  }

  @Test
  void interruptsWhenTheDelayAfterTheTimeoutHasPassed() throws InterruptedException {
    var delay = Duration.ofMillis(200);
    deadlines = deadlines(delay, LONG);
    var waiting = new Waiting(1);
    long set = System.nanoTime();
    waiting.attempt.stopRequest().limits().setTimeout(lasting(SOON), set);
    deadlines.start();
    deadlines.watch(waiting.attempt);

    waiting.awaitInterrupt();
    assertThat(Duration.ofNanos(waiting.endedNanos - set)).isGreaterThanOrEqualTo(SOON.plus(delay));
    assertThat(waiting.attempt.interruption()).contains(InterruptionReason.TIMEOUT);
  }

  @Test
  void anEarlierDeadlineIsSeenInTime() throws InterruptedException {
    deadlines.start();
    var late = new Waiting(1);
    late.attempt.stopRequest().limits().setTimeout(lasting(LONG), System.nanoTime());
    deadlines.watch(late.attempt);

    var soon = new Waiting(2);
    soon.attempt.stopRequest().limits().setTimeout(lasting(SOON), System.nanoTime());
    deadlines.watch(soon.attempt);

    soon.awaitInterrupt();
    assertThat(late.attempt.interruption()).isEmpty();
    late.end();
  }

  @Test
  void whatHasHadItsTimeIsAskedButNotInterruptedBeforeItsTimeout() throws InterruptedException {
    deadlines.start();
    var waiting = new Waiting(1);
    waiting.attempt.stopRequest().limits().setTimeout(lasting(LONG), System.nanoTime());
    waiting.attempt.stopRequest().limits().setMaxRuntime(SOON, "a setting", System.nanoTime());
    deadlines.watch(waiting.attempt);

    awaitTrue(() -> waiting.attempt.interruption().isPresent());
    assertThat(waiting.attempt.interruption()).contains(InterruptionReason.MAX_RUNTIME);
    assertThat(waiting.isInterrupted()).isFalse();
    waiting.attempt.stopRequest().limits().setTimeout(lasting(SOON), System.nanoTime());
    deadlines.lookNow();

    waiting.awaitInterrupt();
  }

  @Test
  void anAttemptWhoseCheckpointsDoNotMoveIsInterrupted() throws InterruptedException {
    deadlines.start();
    var waiting = new Waiting(1, ResumePolicy.defaults().withProgressDeadline(SOON));
    deadlines.watch(waiting.attempt);
    waiting.attempt.usesSteps();
    deadlines.watch(waiting.attempt);

    waiting.awaitInterrupt();

    assertThat(waiting.attempt.interruption()).contains(InterruptionReason.PROGRESS_DEADLINE);
  }

  @Test
  void r6_theTimeoutThatNobodyHasSetEndsWithTheFirstStep() throws InterruptedException {
    var resumable = new Waiting(1);
    resumable
        .attempt
        .stopRequest()
        .limits()
        .setTimeout(AttemptTimeout.unlessSet(SOON), System.nanoTime());
    resumable.attempt.usesSteps();
    deadlines.start();
    deadlines.watch(resumable.attempt);
    var plain = new Waiting(2);
    plain
        .attempt
        .stopRequest()
        .limits()
        .setTimeout(AttemptTimeout.unlessSet(SOON), System.nanoTime());
    deadlines.watch(plain.attempt);

    plain.awaitInterrupt();

    assertThat(plain.attempt.interruption()).contains(InterruptionReason.TIMEOUT);
    assertThat(resumable.attempt.interruption()).isEmpty();
    assertThat(resumable.isInterrupted()).isFalse();
    resumable.end();
  }

  @Test
  void r6_aTimeoutThatIsSetHoldsForStepsToo() throws InterruptedException {
    deadlines.start();
    var waiting = new Waiting(1);
    waiting.attempt.stopRequest().limits().setTimeout(lasting(SOON), System.nanoTime());
    waiting.attempt.usesSteps();
    deadlines.watch(waiting.attempt);

    waiting.awaitInterrupt();

    assertThat(waiting.attempt.interruption()).contains(InterruptionReason.TIMEOUT);
  }

  /** Without steps there are no checkpoints that could move. */
  @Test
  void r6_theProgressOfAnAttemptWithoutStepsIsNotWatched() throws InterruptedException {
    deadlines.start();
    var plain = new Waiting(1, ResumePolicy.defaults().withProgressDeadline(Duration.ofNanos(1)));
    deadlines.watch(plain.attempt);
    var other = new Waiting(2);
    other.attempt.stopRequest().limits().setTimeout(lasting(SOON), System.nanoTime());
    deadlines.watch(other.attempt);

    other.awaitInterrupt();

    assertThat(plain.attempt.interruption()).isEmpty();
    plain.end();
  }

  /**
   * A client that is asked to stop waits for a checkpoint, but no longer than progress may take.
   */
  @Test
  void r6_theDeadlineThatNobodyHasSetGivesWayToATimeoutThatSomebodyHas() {
    var unset = new Waiting(1, ResumePolicy.defaults());
    unset.attempt.stopRequest().limits().watchProgress();
    assertThat(unset.attempt.stopRequest().limits().lastNanos() - System.nanoTime())
        .isBetween(Duration.ofMinutes(9).toNanos(), Duration.ofMinutes(10).toNanos());

    var set = new Waiting(2, ResumePolicy.defaults());
    set.attempt
        .stopRequest()
        .limits()
        .setTimeout(
            new AttemptTimeout(Duration.ofHours(2), "Worker.timeout", false), System.nanoTime());
    set.attempt.stopRequest().limits().watchProgress();
    assertThat(set.attempt.stopRequest().limits().lastNanos() - System.nanoTime())
        .isGreaterThan(Duration.ofMinutes(119).toNanos());
  }

  @Test
  void r6_whatIsAskedToStopHasUntilItsProgressDeadline() throws InterruptedException {
    deadlines.start();
    var waiting = new Waiting(1, ResumePolicy.defaults().withProgressDeadline(SOON));
    waiting
        .attempt
        .stopRequest()
        .limits()
        .setTimeout(AttemptTimeout.unlessSet(LONG), System.nanoTime());
    waiting.attempt.usesSteps();
    waiting.attempt.interrupt(InterruptionReason.PAUSED);
    deadlines.lookNow();

    waiting.awaitInterrupt();

    assertThat(waiting.attempt.interruption()).contains(InterruptionReason.PROGRESS_DEADLINE);
  }

  /** At the very moment at which the timeout passes: it counts, or the step does. */
  @Test
  void r6_theFirstStepAndTheTimeoutDoNotBothHold() throws Exception {
    for (int i = 0; i < 2_000; i++) {
      HeldClaim held = shop.hold(i);
      Attempt attempt = shop.attempt(held);
      long begun = System.nanoTime();
      attempt
          .stopRequest()
          .limits()
          .setTimeout(AttemptTimeout.unlessSet(Duration.ofNanos(1)), begun);
      var together = new CyclicBarrier(2);
      Thread watcher =
          Thread.ofPlatform()
              .start(() -> {
                meet(together);
                attempt.stopRequest().askIfLimitHasPassed(begun + 2);
              });
      meet(together);
      attempt.usesSteps();
      watcher.join();

      boolean timedOut = attempt.interruption().isPresent();
      assertThat(attempt.stopRequest().limits().passedNanos() != Long.MAX_VALUE)
          .isEqualTo(timedOut);
      attempt.stopRequest().askIfLimitHasPassed(begun + 2);
      assertThat(attempt.interruption().isPresent()).isEqualTo(timedOut);
      held.end();
    }
  }

  private static void meet(CyclicBarrier barrier) {
    try {
      barrier.await();
    } catch (InterruptedException | BrokenBarrierException e) {
      throw new IllegalStateException(e);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"CANCELLED", "LEASE_LOST"})
  void whatMustEndIsInterruptedAfterTheDelayHoweverLongItsTimeout(InterruptionReason reason)
      throws InterruptedException {
    deadlines.start();
    var waiting = new Waiting(1);
    waiting.attempt.stopRequest().limits().setTimeout(lasting(LONG), System.nanoTime());

    waiting.attempt.interrupt(reason);
    deadlines.lookNow();

    waiting.awaitInterrupt();
  }

  /**
   * After a long pause of the process, the heartbeat may notice later than this class. Seen before:
   * the limit used up an attempt.
   */
  @Test
  void r18_aLimitThatPassesAfterTheEndOfTheLeaseUsesUpNoAttempt() throws InterruptedException {
    var timedOut = new Waiting(1);
    timedOut.attempt.stopRequest().limits().setTimeout(lasting(SOON), System.nanoTime());
    var still = new Waiting(2, ResumePolicy.defaults().withProgressDeadline(SOON));
    still.attempt.usesSteps();
    var patient = new Waiting(3);
    patient.attempt.stopRequest().limits().setTimeout(lasting(SOON), System.nanoTime());
    patient.attempt.interrupt(InterruptionReason.PAUSED);
    lease.end();

    deadlines.start();

    for (Waiting each : List.of(timedOut, still, patient)) {
      each.awaitInterrupt();
      assertThat(each.attempt.interruption()).contains(InterruptionReason.LEASE_LOST);
    }
  }

  /** The worker may have ended before anyone notices that the lease is over. */
  @Test
  void r18_aTimeLimitWithinAnAttemptIsJudgedByTheLease() {
    var leased = new Waiting(1);
    deadlines.judge(leased.attempt, new TimeLimitException("longer than 1 s", null));
    assertThat(leased.attempt.interruption()).isEmpty();
    lease.end();

    deadlines.judge(leased.attempt, new IllegalStateException("a failure of its own"));
    assertThat(leased.attempt.interruption()).isEmpty();
    deadlines.judge(leased.attempt, new TimeLimitException("longer than 1 s", null));
    assertThat(leased.attempt.interruption()).contains(InterruptionReason.LEASE_LOST);
  }

  /** Past the lease what runs is interrupted, also what was asked to stop at its leisure before. */
  @ParameterizedTest
  @EnumSource(names = {"SHUTDOWN", "PAUSED", "REQUESTED", "MAX_RUNTIME"})
  void theLossOfTheLeaseEndsThePatienceOfAnEarlierReason(InterruptionReason patient)
      throws InterruptedException {
    deadlines.start();
    var waiting = new Waiting(1);
    waiting.attempt.stopRequest().limits().setTimeout(lasting(LONG), System.nanoTime());
    waiting.attempt.interrupt(patient);
    deadlines.lookNow();
    awaitTrue(() -> waiting.attempt.stopRequest().interruptAtNanos() != Long.MAX_VALUE);

    waiting.attempt.interrupt(InterruptionReason.LEASE_LOST);
    deadlines.lookNow();

    waiting.awaitInterrupt();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void anAttemptThatDoesNotEndIsReportedOnce(boolean usesSteps) throws InterruptedException {
    deadlines = deadlines(SOON, SOON);
    var goOn = new CountDownLatch(1);
    var begun = new CountDownLatch(1);
    var attempts = new Attempt[1];
    HeldClaim held = shop.hold(1);
    Thread stubborn =
        Thread.ofVirtual()
            .start(() -> {
              ResumePolicy policy = ResumePolicy.defaults();
              attempts[0] = shop.attempt(held, job(claim(1)), policy.withProgressDeadline(SOON));
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
    attempts[0]
        .stopRequest()
        .limits()
        .setTimeout(AttemptTimeout.unlessSet(SOON), System.nanoTime());
    if (usesSteps) {
      attempts[0].usesSteps();
    }
    deadlines.start();
    deadlines.watch(attempts[0]);

    awaitTrue(() -> reported.contains(1L));
    assertThat(attempts[0].interruption())
        .contains(usesSteps ? InterruptionReason.PROGRESS_DEADLINE : InterruptionReason.TIMEOUT);
    deadlines.lookNow();
    var other = new Waiting(2);
    other
        .attempt
        .stopRequest()
        .limits()
        .setTimeout(lasting(Duration.ofNanos(1)), System.nanoTime());
    deadlines.watch(other.attempt);
    other.awaitInterrupt();

    assertThat(reported).as("although it was looked at again").containsOnlyOnce(1L);
    assertThat(attempts[0].stopRequest().isStuck()).isTrue();
    goOn.countDown();
    assertThat(stubborn.join(PATIENCE)).isTrue();
  }

  @Test
  void anAttemptThatHasEndedIsLeftAlone() throws InterruptedException {
    var ended = new Waiting(1);
    ended.attempt.stopRequest().limits().setTimeout(lasting(SOON), System.nanoTime());
    ended.attempt.held().end();
    deadlines.start();
    var other = new Waiting(2);
    other.attempt.stopRequest().limits().setTimeout(lasting(SOON), System.nanoTime());

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
