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
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class HeartbeatTest {
  private static final Duration TIMEOUT = Duration.ofMillis(800);

  /** For tests in which the lease must not run out, however busy the machine is. */
  private static final Duration LONGER = Duration.ofSeconds(3);

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
          }

          @Override
          public void leaseRegained() {
            told.add("regained");
          }
        });
  }

  private void lastLonger() {
    lease = new Lease(LONGER);
    pulses.clear();
    heartbeat = heartbeat(LONGER);
  }

  /** Lets those that hang go on. */
  private final CountDownLatch answer = new CountDownLatch(1);

  private volatile Sign sign = pulse -> true;
  private volatile Sign farewell = pulse -> true;

  /** How the database answers. */
  @FunctionalInterface
  private interface Sign {
    boolean give(TestPulse pulse) throws InterruptedException;
  }

  private final class TestPulse implements Pulse {
    private final CountDownLatch aborted = new CountDownLatch(1);
    private final AtomicBoolean closed = new AtomicBoolean();

    @Override
    public Optional<Written> beat() {
      beats.incrementAndGet();
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
    }

    @Override
    public void close() {
      closed.set(true);
    }
  }

  /** As a statement on a connection that is broken off in the end. */
  private boolean hang(TestPulse pulse) throws InterruptedException {
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
    assertThat(lease.isValid()).isTrue();
  }

  private void awaitLapse() {
    awaitTrue(() -> told.contains("lapsed"));
    assertThat(lease.isValid()).isFalse();
  }

  @Test
  void theFirstSignMakesTheLeaseValidAndEachNextOneKeepsIt() {
    lastLonger();
    start();

    awaitTrue(() -> beats.get() >= 3);
    assertThat(lease.heldFor()).isGreaterThan(LONGER.dividedBy(5));
    assertThat(told).isEmpty();
    assertThat(pulses).as("one connection for all").hasSize(1);
  }

  @Test
  void aStartThatFailsLeavesNoLeaseAndCanBeTriedAgain() {
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
    assertThat(noticedAfter).isLessThan(TIMEOUT.multipliedBy(2));
    assertThat(told).containsExactly("lapsed");
    assertThat(pulses.getFirst().aborted.getCount()).as("its connection is broken off").isZero();
  }

  /** Seen before: nothing was logged, or not for how long. */
  @Test
  void e10_aSignThatHangsIsToldOnceAndForHowLong() {
    lastLonger();
    TestLogs.forget();
    start();
    int before = beats.get();
    sign = this::hang;

    awaitTrue(() -> beats.get() >= before + 3);

    assertThat(TestLogs.warnings("could not send its heartbeat: the database has not answered for"))
        .singleElement()
        .asString()
        .containsPattern("answered for \\d+(\\.\\d)? ms");
  }

  @Test
  void whoeverAsksIsToldWhetherTheDatabaseAnswers() {
    start();
    assertThat(heartbeat.isAnswered(PATIENCE)).isTrue();

    sign = pulse -> false;
    assertThat(heartbeat.isAnswered(PATIENCE)).as("a locked row is an answer").isTrue();

    int before = beats.get();
    sign = this::hang;
    awaitTrue(() -> beats.get() >= before + 2); // one may have begun with the sign before
    assertThat(heartbeat.isAnswered(Duration.ofMillis(50))).isFalse();

    sign =
        pulse -> {
          throw new StoreUnavailableException("on purpose", null);
        };
    assertThat(heartbeat.isAnswered(Duration.ofMillis(50))).isFalse();
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

    assertThat(heartbeat.isAnswered(PATIENCE)).isTrue();
  }

  @Test
  void theLeaseIsRegainedOnceWhenTheDatabaseAnswersAgain() {
    start();
    sign = this::hang;
    awaitLapse();

    sign = pulse -> true;

    awaitTrue(() -> told.contains("regained"));
    int before = beats.get();
    awaitTrue(() -> beats.get() >= before + 2);
    assertThat(told).containsExactly("lapsed", "regained");
    assertThat(lease.heldFor()).as("counted from the break").isLessThan(TIMEOUT.multipliedBy(3));
  }

  @Test
  void anAnswerThatComesAfterTheBeatWasGivenUpRenewsNothing() {
    start();
    var first = new AtomicBoolean(true);
    sign = pulse -> first.getAndSet(false) ? hangForGood() : hang(pulse);
    awaitLapse();

    answer.countDown();

    int before = beats.get();
    awaitTrue(() -> beats.get() > before);
    assertThat(lease.isValid()).isFalse();
    assertThat(told).containsExactly("lapsed");
  }

  @Test
  void aRefusedBeatIsMadeUpForOnANewConnectionBeforeTheLeaseRunsOut() {
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

    awaitTrue(() -> failed.get() && beats.get() >= 3);
    assertThat(told).isEmpty();
    assertThat(lease.isValid()).isTrue();
    assertThat(pulses).hasSize(2);
  }

  @Test
  void anErrorInABeatDoesNotEndTheHeartbeat() {
    lastLonger();
    start();
    var failed = new AtomicBoolean();
    sign =
        pulse -> {
          if (!failed.getAndSet(true)) {
            throw new OutOfMemoryError("on purpose");
          }
          return true;
        };

    awaitTrue(() -> failed.get() && beats.get() >= 3);
    assertThat(told).isEmpty();
  }

  @Test
  void aLockedRowCostsTheLeaseInTheEndButNoConnection() {
    start();
    sign = pulse -> false;

    awaitLapse();
    assertThat(pulses).hasSize(1);
    sign = pulse -> true;

    awaitTrue(() -> told.contains("regained"));
    assertThat(told).containsExactly("lapsed", "regained");
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
    assertThat(told).containsExactly("lapsed");
    sign = pulse -> true;
    answer.countDown();

    awaitTrue(() -> told.contains("regained"));
  }

  @Test
  void aClientThatLeavesNothingSignsOff() {
    start();

    assertThat(heartbeat.stop(Deadline.in(PATIENCE), true)).isTrue();

    assertThat(pulses.getLast().closed).isTrue();
    assertThat(lease.isValid()).isFalse();
    int before = beats.get();
    assertThat(heartbeat.stop(Deadline.in(PATIENCE), true)).as("a second time").isTrue();
    assertThat(beats).hasValue(before);
  }

  @Test
  void aClientThatLeavesClaimsDoesNotSignOff() {
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
    start();
    farewell = pulse -> false;

    assertThat(heartbeat.stop(Deadline.in(PATIENCE), true)).isFalse();

    assertThat(TestLogs.warnings("Client client could not sign off")).isNotEmpty();
  }

  @Test
  void signingOffIsBoundedWhileTheDatabaseDoesNotAnswer() {
    start();
    farewell = this::hang;
    long begun = System.nanoTime();

    assertThat(heartbeat.stop(Deadline.in(PATIENCE), true)).isFalse();

    assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(10));
    assertThat(lease.isValid()).isFalse();
    assertThat(pulses.getLast().aborted.getCount()).as("its connection is broken off").isZero();
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
