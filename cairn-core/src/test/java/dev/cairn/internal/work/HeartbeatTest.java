package dev.cairn.internal.work;

import static dev.cairn.internal.work.Workshop.PATIENCE;
import static dev.cairn.internal.work.Workshop.awaitTrue;
import static dev.cairn.internal.work.Workshop.settings;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import dev.cairn.StandIn;
import dev.cairn.StoreUnavailableException;
import dev.cairn.TestLogs;
import dev.cairn.internal.claims.Deadline;
import dev.cairn.internal.claims.Lease;
import dev.cairn.internal.store.ClientStore;
import dev.cairn.internal.store.ClientStore.Pulse;
import dev.cairn.internal.store.ClientStore.Written;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class HeartbeatTest {
  /**
   * For tests that wait until the lease runs out. On a busy machine, it may run out before they
   * have begun, and be regained.
   */
  private static final Duration TIMEOUT = Duration.ofMillis(800);

  /**
   * For tests in which the lease must not run out, and no beat may be given up, however busy the
   * machine is.
   */
  private static final Duration LONGER = Duration.ofSeconds(8);

  private final List<String> told = new CopyOnWriteArrayList<>();
  private final List<TestPulse> pulses = new CopyOnWriteArrayList<>();
  private final AtomicInteger beats = new AtomicInteger();
  private final AtomicInteger hanging = new AtomicInteger();
  private final StandIn<ClientStore> clients =
      StandIn.of(ClientStore.class)
          .on(
              "pulse",
              call -> {
                pulses.add(new TestPulse());
                return pulses.getLast();
              });
  private Lease lease = new Lease(TIMEOUT);
  private Heartbeat heartbeat = heartbeat(TIMEOUT);

  private Heartbeat heartbeat(Duration timeout) {
    return new Heartbeat(
        settings(timeout),
        clients.object(),
        lease,
        new Heartbeat.Listener() {
          @Override
          public void leaseLapsed() {
            told.add("lapsed");
            whenLapsed.run();
          }

          @Override
          public void leaseRegained() {
            told.add("regained");
          }
        });
  }

  private void lastLonger() {
    last(LONGER);
  }

  private void last(Duration timeout) {
    lease = new Lease(timeout);
    pulses.clear();
    heartbeat = heartbeat(timeout);
  }

  /** How many wait until their connection is broken off, or did so. */
  private final AtomicInteger waiting = new AtomicInteger();

  /** Lets those that hang go on. */
  private final CountDownLatch answer = new CountDownLatch(1);

  private volatile Sign connecting = pulse -> true;
  private volatile Sign sign = pulse -> true;
  private volatile Sign farewell = pulse -> true;
  private volatile Duration abortTakes = Duration.ZERO;
  private volatile Runnable whenLapsed = () -> {};

  /** How the database answers. */
  @FunctionalInterface
  private interface Sign {
    boolean give(TestPulse pulse) throws InterruptedException;
  }

  private final class TestPulse implements Pulse {
    private final CountDownLatch aborted = new CountDownLatch(1);
    private final AtomicBoolean closed = new AtomicBoolean();

    @Override
    public Optional<Written> beat(Runnable sending) {
      give(connecting);
      beats.incrementAndGet();
      sending.run();
      Instant now = Instant.now();
      return give(sign) ? Optional.of(new Written(now, now)) : Optional.empty();
    }

    @Override
    public boolean signOff() {
      return give(farewell);
    }

    private boolean give(Sign current) {
      try {
        return current.give(this);
      } catch (InterruptedException e) {
        throw new AssertionError("a thread that may be inside of JDBC was interrupted", e);
      }
    }

    @Override
    public void abort() {
      aborted.countDown();
      LockSupport.parkNanos(abortTakes.toNanos());
    }

    @Override
    public void close() {
      closed.set(true);
    }
  }

  /** As a statement on a connection that is broken off in the end. */
  private boolean hang(TestPulse pulse) throws InterruptedException {
    waiting.incrementAndGet();
    pulse.aborted.await();
    throw new StoreUnavailableException("broken off", null);
  }

  /** As a thread that not even the breaking off of its connection sets free. */
  private boolean hangForGood() throws InterruptedException {
    hanging.incrementAndGet();
    answer.await();
    return true;
  }

  @AfterEach
  void stop() {
    answer.countDown();
    heartbeat.stop(Deadline.in(PATIENCE), false);
  }

  private void start() {
    heartbeat.start(null, () -> {});
    awaitTrue(lease::isValid);
  }

  private void awaitLapse() {
    awaitTrue(() -> wasToldLast("lapsed") && !lease.isValid());
  }

  private boolean wasToldLast(String what) {
    return !told.isEmpty() && told.getLast().equals(what);
  }

  /** Each lapse is told once, and each end of one. */
  private void assertToldInTurns() {
    List<String> all = List.copyOf(told);
    for (int i = 0; i < all.size(); i++) {
      assertThat(all.get(i)).as("%d of %s", i, all).isEqualTo(i % 2 == 0 ? "lapsed" : "regained");
    }
  }

  @Test
  void theFirstSignMakesTheLeaseValidAndEachNextOneKeepsIt() {
    lastLonger();
    start();
    long started = System.nanoTime();

    awaitTrue(() -> beats.get() >= 3);
    Duration sinceStart = Duration.ofNanos(System.nanoTime() - started);
    assertThat(lease.heldFor()).isGreaterThanOrEqualTo(sinceStart);
    assertThat(told).isEmpty();
    assertThat(pulses).as("one connection for all").hasSize(1);
  }

  @Test
  void aStartThatFailsLeavesNoLeaseAndCanBeTriedAgain() {
    lastLonger();
    sign =
        pulse -> {
          throw new StoreUnavailableException("on purpose", null);
        };
    assertThatExceptionOfType(StoreUnavailableException.class)
        .isThrownBy(() -> heartbeat.start(null, () -> {}));
    assertThat(lease.isValid()).isFalse();

    sign = pulse -> true;
    start();

    assertThat(pulses).as("a pulse is of no use after a failure").hasSize(2);
  }

  @Test
  void aDatabaseThatHangsIsNoticedWhenTheLeaseRunsOut() {
    start();
    sign = this::hang;
    long hangsSince = System.nanoTime();

    awaitLapse();

    Duration noticedAfter = Duration.ofNanos(System.nanoTime() - hangsSince);
    assertThat(noticedAfter).isLessThan(Duration.ofSeconds(5));
    assertToldInTurns();
    // Within the wait for the first beat, if the loop was late: that is given up later.
    awaitTrue(() -> pulses.getFirst().aborted.getCount() == 0);
  }

  /** Seen before: nothing was logged, or not for how long. */
  @Test
  void e10_aSignThatHangsIsToldOnceAndForHowLong() {
    last(Duration.ofSeconds(4));
    start();
    TestLogs.forget();
    int before = beats.get();
    sign = this::hang;
    lease.askForRenewal();

    awaitTrue(() -> beats.get() >= before + 3);

    assertThat(TestLogs.warnings("could not send its heartbeat: the database has not answered for"))
        .singleElement()
        .asString()
        .containsPattern("answered for \\d+(\\.\\d)? m?s");
  }

  @Test
  void whoeverAsksIsToldWhetherTheDatabaseAnswers() {
    start();
    assertThat(heartbeat.isAnswered(PATIENCE, () -> false)).isTrue();

    sign = pulse -> false;
    assertThat(heartbeat.isAnswered(PATIENCE, () -> false))
        .as("a locked row is an answer")
        .isTrue();

    int before = beats.get();
    sign = this::hang;
    awaitTrue(() -> beats.get() >= before + 2); // one may have begun with the sign before
    assertThat(heartbeat.isAnswered(Duration.ofMillis(50), () -> false)).isFalse();

    assertThat(heartbeat.isAnswered(PATIENCE, () -> true)).as("another sign").isTrue();

    sign =
        pulse -> {
          throw new StoreUnavailableException("on purpose", null);
        };
    assertThat(heartbeat.isAnswered(Duration.ofMillis(50), () -> false)).isFalse();
  }

  @Test
  void aConnectionThatHasBrokenIsNotTakenForADatabaseThatIsAway() {
    lastLonger();
    start();
    var failed = new AtomicBoolean();
    sign =
        pulse -> {
          if (!failed.getAndSet(true)) {
            throw new StoreUnavailableException("on purpose", null);
          }
          return true;
        };

    assertThat(heartbeat.isAnswered(PATIENCE, () -> false)).isTrue();
  }

  @Test
  void theLeaseIsRegainedOnceWhenTheDatabaseAnswersAgain() {
    start();
    awaitTrue(() -> beats.get() >= 3);
    long hangsSince = System.nanoTime();
    sign = this::hang;
    awaitLapse();

    sign = pulse -> true;

    awaitTrue(() -> wasToldLast("regained"));
    int before = beats.get();
    awaitTrue(() -> beats.get() >= before + 2);
    assertToldInTurns();
    Duration heldFor = lease.heldFor();
    assertThat(heldFor)
        .as("counted from the break")
        .isLessThan(Duration.ofNanos(System.nanoTime() - hangsSince));
  }

  @Test
  void anAnswerThatComesAfterTheBeatWasGivenUpRenewsNothing() {
    start();
    var first = new CopyOnWriteArrayList<TestPulse>();
    sign =
        pulse -> {
          if (first.isEmpty()) {
            first.add(pulse);
            return hangForGood();
          }
          return hang(pulse);
        };
    awaitLapse();
    // Before it is given up, its answer would renew the lease, and rightly.
    awaitTrue(() -> first.getFirst().aborted.getCount() == 0);

    answer.countDown();

    int before = beats.get();
    awaitTrue(() -> beats.get() > before);
    assertThat(lease.isValid()).isFalse();
    assertThat(told.getLast()).isEqualTo("lapsed");
    assertToldInTurns();
  }

  @Test
  void aRefusedBeatIsMadeUpForOnANewConnectionBeforeTheLeaseRunsOut() {
    lastLonger();
    start();
    var failed = new AtomicBoolean();
    var madeUpFor = new AtomicBoolean();
    sign =
        pulse -> {
          if (!failed.getAndSet(true)) {
            throw new StoreUnavailableException("on purpose", null);
          }
          madeUpFor.set(true);
          return true;
        };
    lease.askForRenewal();

    awaitTrue(madeUpFor::get);
    assertThat(told).isEmpty();
    assertThat(lease.isValid()).isTrue();
    assertThat(pulses).hasSize(2);
  }

  @Test
  void anErrorInABeatDoesNotEndTheHeartbeat() {
    lastLonger();
    start();
    var failed = new AtomicBoolean();
    var madeUpFor = new AtomicBoolean();
    sign =
        pulse -> {
          if (!failed.getAndSet(true)) {
            throw new OutOfMemoryError("on purpose");
          }
          madeUpFor.set(true);
          return true;
        };
    lease.askForRenewal();

    awaitTrue(madeUpFor::get);
    assertThat(told).isEmpty();
  }

  @Test
  void aLockedRowCostsTheLeaseInTheEnd() {
    start();
    sign = pulse -> false;

    awaitLapse();
    sign = pulse -> true;

    awaitTrue(() -> wasToldLast("regained"));
    assertToldInTurns();
  }

  @Test
  void aLockedRowCostsNoConnection() {
    lastLonger();
    start();
    sign = pulse -> false;
    int before = beats.get();
    lease.askForRenewal();

    awaitTrue(() -> beats.get() >= before + 3);
    assertThat(pulses).hasSize(1);
  }

  @Test
  void noMoreThanSomeBeatsAreLeftHangingAndTheyGoOnWhenThoseEnd() {
    start();
    sign = pulse -> hangForGood();
    awaitTrue(() -> hanging.get() == 4);

    await()
        .during(TIMEOUT)
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(20))
        .until(() -> hanging.get() == 4);
    assertThat(told.getLast()).isEqualTo("lapsed");
    assertToldInTurns();
    sign = pulse -> true;
    answer.countDown();

    awaitTrue(() -> wasToldLast("regained"));
  }

  /** Seen before: it lost its place in the queue of the pool after each interval. */
  @Test
  void aBeatThatWaitsForAConnectionKeepsItsPlace() {
    lastLonger();
    start();
    TestLogs.forget();
    int before = beats.get();
    connecting = pulse -> pulse == pulses.getFirst() ? hangForGood() : hang(pulse);
    lease.askForRenewal();
    // After an interval.
    awaitTrue(() -> !TestLogs.warnings("the data source has provided no connection for").isEmpty());
    awaitTrue(() -> pulses.size() == 2);

    answer.countDown();

    awaitTrue(() -> beats.get() >= before + 2);
    assertThat(pulses.getFirst().aborted.getCount()).as("not given up").isEqualTo(1);
    assertThat(told).isEmpty();
  }

  /** The other ones would take connections that nobody needs. */
  @Test
  void theFirstBeatWithAnAnswerIsTheOnlyOneThatKeepsItsConnection() {
    lastLonger();
    start();
    TestPulse first = pulses.getFirst();
    int before = beats.get();
    connecting = pulse -> pulse == first ? hangForGood() : hang(pulse);
    lease.askForRenewal();
    // The first one is queued, and the second one is under way.
    awaitTrue(() -> pulses.size() == 2 && waiting.get() == 1);

    answer.countDown();

    awaitTrue(() -> beats.get() >= before + 2);
    assertThat(first.aborted.getCount()).as("not given up").isEqualTo(1);
    awaitTrue(() -> pulses.get(1).aborted.getCount() == 0);
    assertThat(told).isEmpty();
  }

  /**
   * When the pool has connections again, beats are sent together: one locks the row, and the others
   * are answered at once that it is locked.
   */
  @Test
  void aBeatThatFindsItsRowLockedByAnotherOneDoesNotCostTheOther() {
    lastLonger();
    start();
    TestPulse first = pulses.getFirst();
    int before = beats.get();
    connecting = pulse -> pulse != first || hangForGood();
    sign = pulse -> pulse == first;
    lease.askForRenewal();
    awaitTrue(() -> beats.get() > before);

    answer.countDown();

    awaitTrue(() -> beats.get() >= before + 3);
    assertThat(first.aborted.getCount()).as("not given up").isEqualTo(1);
    assertThat(lease.isValid()).isTrue();
    assertThat(told).isEmpty();
  }

  /** Seen before: the lease was counted from before the wait for a connection. */
  @Test
  void theLeaseIsCountedFromTheMomentAtWhichTheStatementIsSent() {
    lastLonger();
    start();
    connecting = pulse -> hangForGood();
    lease.askForRenewal();
    awaitTrue(() -> hanging.get() == 1);
    var first = new AtomicBoolean(true);
    sign = pulse -> first.getAndSet(false) || hang(pulse);
    awaitTrue(() -> lease.sinceRenewal().orElseThrow().compareTo(Duration.ofMillis(500)) > 0);
    long released = System.nanoTime();
    answer.countDown();

    // Only the first beat is answered.
    awaitTrue(() -> lease.sinceRenewal().orElseThrow().toNanos() <= System.nanoTime() - released);
  }

  /** Only one call hangs: the next beat has a connection before the lease is over. */
  @Test
  void aCallOfTheDataSourceThatNeverReturnsDoesNotCostTheLease() {
    lastLonger();
    start();
    TestPulse first = pulses.getFirst();
    int before = beats.get();
    connecting = pulse -> pulse != first || hangForGood();
    lease.askForRenewal();

    awaitTrue(() -> beats.get() >= before + 2);
    assertThat(told).isEmpty();
    assertThat(lease.isValid()).isTrue();
    assertThat(first.aborted.getCount()).as("given up").isZero();
    assertThat(answer.getCount()).as("the first one hangs on").isEqualTo(1);
  }

  /** Seen before: as many beats as may hang had been given up, and no other one was sent. */
  @Test
  void theLastOfTheBeatsThatMayHangIsNotGivenUpWhileItWaitsForAConnection() {
    start();
    var last = new CountDownLatch(1);
    connecting =
        pulse -> {
          if (pulses.size() <= 3) {
            return hangForGood();
          }
          hanging.incrementAndGet();
          last.await();
          return true;
        };
    awaitTrue(() -> hanging.get() == 4);
    await()
        .during(TIMEOUT.multipliedBy(2))
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(20))
        .until(() -> hanging.get() == 4);
    assertThat(told.getLast()).isEqualTo("lapsed");

    last.countDown();

    awaitTrue(() -> wasToldLast("regained"));
    assertToldInTurns();
  }

  /** As if the whole process was suspended while a beat was under way. */
  @Test
  void theAnswerThatArrivedDuringAPauseOfTheProcessIsRead() {
    lastLonger();
    start();
    int before = beats.get();
    sign = pulse -> hangForGood();
    whenLapsed =
        () -> {
          LockSupport.parkNanos(Heartbeat.interval(LONGER).toNanos());
          sign = pulse -> true;
          answer.countDown();
        };
    lease.askForRenewal();
    awaitTrue(() -> hanging.get() == 1);
    lease.end(); // The loop notices this, and is late from then on.

    awaitTrue(() -> beats.get() >= before + 2);

    assertThat(pulses).as("the good connection is kept").hasSize(1);
    assertThat(pulses.getFirst().aborted.getCount()).isEqualTo(1);
  }

  @Test
  void aStopDoesNotWaitForAConnectionForLongerThanForAnAnswer() {
    last(Duration.ofSeconds(2));
    start();
    connecting = pulse -> hangForGood();
    lease.askForRenewal();
    awaitTrue(() -> hanging.get() == 1);

    assertThat(heartbeat.stop(Deadline.in(PATIENCE), true)).isTrue();

    assertThat(answer.getCount()).as("the beat hangs on").isEqualTo(1);
  }

  @Test
  void aClientThatLeavesNothingSignsOff() {
    lastLonger();
    start();

    assertThat(heartbeat.stop(Deadline.in(PATIENCE), true)).isTrue();

    assertThat(pulses.getLast().closed).isTrue();
    assertThat(lease.isValid()).isFalse();
    int before = beats.get();
    assertThat(heartbeat.stop(Deadline.in(PATIENCE), true)).as("a second time").isTrue();
    assertThat(beats).hasValue(before);
  }

  /** Seen before: its loop was given no moment to end. */
  @Test
  void aClientThatHasUsedUpItsTimeSignsOff() {
    lastLonger();
    start();

    assertThat(heartbeat.stop(Deadline.in(Duration.ZERO), true)).isTrue();
  }

  @Test
  void aClientThatLeavesClaimsDoesNotSignOff() {
    lastLonger();
    start();
    farewell =
        pulse -> {
          throw new AssertionError("nobody asked for it");
        };

    assertThat(heartbeat.stop(Deadline.in(PATIENCE), false)).isFalse();

    assertThat(lease.isValid()).isFalse();
    assertThat(pulses.getLast().aborted.getCount()).isZero();
  }

  @Test
  void theDatabaseHasTheLastWordOnSigningOff() {
    lastLonger();
    start();
    farewell = pulse -> false;

    assertThat(heartbeat.stop(Deadline.in(PATIENCE), true)).isFalse();

    assertThat(TestLogs.warnings("Client client could not sign off")).isNotEmpty();
  }

  @Test
  void signingOffIsBoundedWhileTheDatabaseDoesNotAnswer() {
    lastLonger();
    start();
    farewell = this::hang;
    long begun = System.nanoTime();

    assertThat(heartbeat.stop(Deadline.in(PATIENCE), true)).isFalse();

    assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(10));
    assertThat(lease.isValid()).isFalse();
    assertThat(pulses.getLast().aborted.getCount()).as("its connection is broken off").isZero();
  }

  /** Seen before: it was waited for only as long as it may take, but not for its end. */
  @Test
  void aBeatThatHangsFromTheStopOnDoesNotKeepTheClientFromSigningOff() {
    start();
    abortTakes = Duration.ofMillis(100);
    int before = beats.get();
    sign = this::hang;
    lease.askForRenewal();
    awaitTrue(() -> beats.get() > before);

    assertThat(heartbeat.stop(Deadline.in(PATIENCE), true)).isTrue();
  }

  @Test
  void aBeatThatIsUnderWayAtTheStopRevivesNoLease() {
    start();
    sign = pulse -> hangForGood();
    awaitTrue(() -> hanging.get() > 0);

    boolean ignored = heartbeat.stop(Deadline.in(Duration.ofMillis(1)), true);
    answer.countDown();

    awaitTrue(() -> heartbeat.stop(Deadline.in(PATIENCE), true));
    assertThat(lease.isValid()).isFalse();
    assertThat(told).doesNotContain("regained");
  }
}
