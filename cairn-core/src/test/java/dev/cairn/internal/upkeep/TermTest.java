package dev.cairn.internal.upkeep;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cairn.internal.claims.Deadline;
import dev.cairn.internal.claims.Lease;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class TermTest {
  private static final Duration PATIENCE = Duration.ofMinutes(1);

  private final Lease lease = new Lease(Duration.ofDays(1));
  private final AtomicInteger turns = new AtomicInteger();
  private Term term = term(Duration.ofDays(1));

  private Term term(Duration length) {
    return new Term(Instant.EPOCH, lease, System.nanoTime() + length.toNanos());
  }

  private void prolong() {
    long now = System.nanoTime();
    term.prolong(now, now + Duration.ofDays(1).toNanos());
  }

  private boolean isCertainAt(Instant now) {
    return term.isCertainAt(now, System.nanoTime());
  }

  @BeforeEach
  void renew() {
    lease.renew(System.nanoTime());
  }

  @AfterEach
  void stop() {
    term.stopServices();
    assertThat(term.join(Deadline.in(PATIENCE))).isTrue();
  }

  private LeaderService service(String name, Duration wait) {
    return new LeaderService() {
      @Override
      public String name() {
        return name;
      }

      @Override
      public Duration turn() {
        turns.incrementAndGet();
        return wait;
      }
    };
  }

  private void start(Duration wait) {
    term.startServices(List.of(service("test", wait)));
  }

  @Test
  void noServiceTurnsPastTheEndOfTheTerm() {
    term = term(Duration.ofMillis(100));
    start(Duration.ofMillis(1));

    await().atMost(PATIENCE).until(() -> !term.isValid());
    int last = turns.get() + 1;

    await().during(Duration.ofMillis(50)).atMost(PATIENCE).until(() -> turns.get() <= last);
  }

  @Test
  void aTermThatIsOverBeforeItBeginsHasNoTurn() {
    term = term(Duration.ofSeconds(-1));

    start(Duration.ZERO);
    term.ring("test");
    term.stopServices();

    assertThat(term.join(Deadline.in(PATIENCE))).isTrue();
    assertThat(turns).hasValue(0);
  }

  @Test
  void aProlongedTermLasts() {
    term = term(Duration.ofMillis(-1));
    assertThat(term.isValid()).isFalse();

    prolong();

    assertThat(term.isValid()).isTrue();
  }

  /** As after a suspended host has continued: its monotonic clock stood still. */
  @Test
  void aTermInWhichTheClockOfTheDatabaseJumpedIsInDoubtUntilItIsProlonged() {
    Instant time = Instant.EPOCH;
    assertThat(isCertainAt(time)).isTrue();
    assertThat(isCertainAt(time.plusMillis(900))).isTrue();

    long before = System.nanoTime();
    assertThat(isCertainAt(time.plusSeconds(600))).isFalse();

    assertThat(isCertainAt(time.plusSeconds(600))).as("still").isFalse();
    term.prolong(before, System.nanoTime() + Duration.ofDays(1).toNanos());
    assertThat(isCertainAt(time.plusSeconds(600))).as("that was perhaps before").isFalse();
    prolong();
    assertThat(isCertainAt(time.plusSeconds(600))).isTrue();
    assertThat(isCertainAt(time)).as("back again").isTrue();
  }

  @Test
  void aDatabaseThatAnswersLateRaisesNoDoubt() {
    long minuteAgo = System.nanoTime() - Duration.ofMinutes(1).toNanos();
    assertThat(term.isCertainAt(Instant.EPOCH, minuteAgo)).isTrue();

    assertThat(isCertainAt(Instant.EPOCH.plusSeconds(60))).isTrue();
  }

  @Test
  void theLeaseOfTheClientBoundsIt() {
    lease.end();

    assertThat(term.isValid()).isFalse();
  }

  @Test
  void aStoppedTermIsOverHoweverLongItWouldHaveLasted() {
    term.stopServices();

    assertThat(term.isValid()).as("a turn of many statements asks").isFalse();
  }

  @Test
  void aServiceThatIsRungForTurnsAtOnce() {
    start(Duration.ofDays(1));
    await().atMost(PATIENCE).until(() -> turns.get() == 1);

    term.ring("another");
    term.ring("test");

    await().atMost(PATIENCE).until(() -> turns.get() == 2);
  }

  @Test
  void eachServiceHasAThreadOfItsOwn() {
    term.startServices(
        List.of(service("one", Duration.ofDays(1)), service("two", Duration.ofDays(1))));

    assertThat(term.threads())
        .extracting(Thread::getName)
        .containsExactly("cairn-one", "cairn-two");
    term.stopServices();
    assertThat(term.join(Deadline.in(PATIENCE))).isTrue();
    assertThat(term.threads()).as("those that have ended").isEmpty();
  }
}
