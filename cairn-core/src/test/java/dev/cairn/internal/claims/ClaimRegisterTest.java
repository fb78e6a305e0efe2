package dev.cairn.internal.claims;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.cairn.InterruptionReason;
import dev.cairn.internal.claims.ClaimRegister.Sending;
import dev.cairn.internal.store.Claim;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class ClaimRegisterTest {
  private static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");

  private final ClaimRegister register = new ClaimRegister(Duration.ofMillis(20));

  private static Claim claim(long jobId, int second) {
    return new Claim(jobId, NOON.plusSeconds(second), "client");
  }

  private HeldClaim hold(Claim claim) {
    try (Sending sending = register.send()) {
      return sending.answered(List.of(claim)).getFirst();
    }
  }

  private static RecordedRun begin(HeldClaim held) {
    var run = new RecordedRun();
    held.begin(run);
    return run;
  }

  /** Remembers what it was told. */
  private static final class RecordedRun implements Run {
    private final List<String> told = new ArrayList<>();

    @Override
    public void interrupt(InterruptionReason reason) {
      told.add(reason.name());
    }

    @Override
    public void lose() {
      told.add("lost");
    }
  }

  @Test
  void isEmptyOnlyWhenNoClaimIsOnItsWayOrHeld() {
    assertThat(register.isEmpty()).isTrue();

    Sending sending = register.send();
    assertThat(register.isEmpty()).isFalse();
    HeldClaim held = sending.answered(List.of(claim(1, 0))).getFirst();
    sending.close();
    assertThat(register.isEmpty()).isFalse();
    held.end();
    register.ended(held);
    assertThat(register.isEmpty()).as("its outcome is not written").isFalse();
    register.over(held);

    assertThat(register.isEmpty()).isTrue();
  }

  @Test
  void nothingIsClaimedOnceTheClientStops() {
    register.close();

    assertThatExceptionOfType(ClosedRegisterException.class).isThrownBy(register::send);

    assertThat(register.isEmpty()).isTrue();
  }

  @Test
  void aStatementThatWaitsForItsConnectionIsNotSentOnceTheClientStops() {
    Sending waits = register.prepare();
    Sending sent = register.prepare();
    sent.begin();

    register.close();

    assertThat(register.sendings()).containsExactly(sent);
    assertThatExceptionOfType(ClosedRegisterException.class).isThrownBy(waits::begin);
    waits.close();
    sent.answered(List.of());
    sent.close();
    assertThat(register.isEmpty()).isTrue();
  }

  @Test
  void aStatementThatWasNotSentLeavesNoDoubt() {
    register.prepare().close();

    assertThat(register.isEmpty()).isTrue();
  }

  @Test
  void aLostAnswerIsInDoubtForAWhile() throws InterruptedException {
    var doubtful = new ClaimRegister(Duration.ofDays(1));

    Sending sending = doubtful.prepare();
    sending.begin();
    sending.close();
    register.send().close();

    assertThat(doubtful.isEmpty()).isFalse();
    assertThat(doubtful.isSuspicious()).isTrue();
    while (!register.isEmpty()) {
      Thread.onSpinWait();
    }
    assertThat(register.isSuspicious()).isFalse();
  }

  @Test
  void anAnswerWithoutJobsLeavesNoDoubt() {
    try (Sending sending = register.send()) {
      assertThat(sending.answered(List.of())).isEmpty();
    }

    assertThat(register.isEmpty()).isTrue();
    assertThat(register.hasRunning()).isFalse();
  }

  @Test
  void aNewerClaimEndsTheOlderRunAtOnce() {
    RecordedRun older = begin(hold(claim(7, 0)));

    RecordedRun newer = begin(hold(claim(7, 1)));

    assertThat(older.told).containsExactly("lost");
    assertThat(newer.told).isEmpty();
    assertThat(register.all()).hasSize(2);
  }

  @Test
  void anOlderRunThatIsYetToBeginIsToldWhenItDoes() {
    HeldClaim older = hold(claim(7, 0));
    hold(claim(7, 1));

    assertThat(begin(older).told).containsExactly("lost");
  }

  /** The answers of two statements come in any order; what the database said does not. */
  @Test
  void theNewerClaimIsTheLaterOneWhicheverAnswerComesFirst() {
    RecordedRun newer = begin(hold(claim(7, 1)));

    RecordedRun older = begin(hold(claim(7, 0)));

    assertThat(newer.told).isEmpty();
    assertThat(older.told).containsExactly("lost");
  }

  @Test
  void theNewestOfThreeStaysWhenTheOthersAreOver() {
    HeldClaim first = hold(claim(7, 0));
    HeldClaim second = hold(claim(7, 1));
    register.over(first);
    RecordedRun run = begin(second);

    hold(claim(7, 2));

    assertThat(run.told).containsExactly("lost");
    assertThat(register.all()).hasSize(2);
  }

  @Test
  void aClaimWhoseRunHasEndedIsNotTakenFromIt() {
    HeldClaim older = hold(claim(7, 0));
    RecordedRun run = begin(older);
    assertThat(older.end()).isTrue();

    hold(claim(7, 1));

    assertThat(run.told).as("its outcome is on its way").isEmpty();
  }

  @Test
  void claimsOfOneJobAreOverEachForItself() {
    HeldClaim older = hold(claim(7, 0));
    HeldClaim newer = hold(claim(7, 1));

    register.over(older);

    assertThat(register.knows(older.claim())).isFalse();
    assertThat(register.knows(newer.claim())).isTrue();
    assertThat(register.isEmpty()).isFalse();
  }

  @Test
  void knowsWhateverClaimsCameAndAreOverInAnyOrder() {
    var random = new Random(20261126);
    for (int round = 0; round < 500; round++) {
      List<HeldClaim> held = new ArrayList<>();
      List<Claim> yetToCome = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        yetToCome.add(claim(random.nextInt(2), i));
      }
      Collections.shuffle(yetToCome, random);
      while (!yetToCome.isEmpty() || !held.isEmpty()) {
        if (!yetToCome.isEmpty() && (held.isEmpty() || random.nextBoolean())) {
          held.add(hold(yetToCome.removeFirst()));
        } else {
          HeldClaim over = held.remove(random.nextInt(held.size()));
          register.over(over);
          assertThat(register.knows(over.claim())).isFalse();
        }

        assertThat(register.all()).containsExactlyInAnyOrderElementsOf(held);
        assertThat(held).allMatch(each -> register.knows(each.claim()));
      }
    }
  }

  @Test
  void whatIsAnsweredAfterTheCloseIsAskedToStopToo() {
    HeldClaim before = hold(claim(1, 0));
    RecordedRun running = begin(hold(claim(2, 0)));
    Sending sending = register.send();

    register.close();
    HeldClaim after = sending.answered(List.of(claim(3, 0))).getFirst();

    assertThat(running.told).containsExactly("SHUTDOWN");
    assertThat(begin(before).told).containsExactly("SHUTDOWN");
    assertThat(begin(after).told).containsExactly("SHUTDOWN");
  }

  @Test
  @Timeout(10)
  void whoWaitsIsWokenByTheEndOfTheLastRun() throws InterruptedException {
    List<HeldClaim> held = List.of(hold(claim(1, 0)), hold(claim(2, 0)));
    var done = new CountDownLatch(1);
    Thread waiting =
        Thread.ofPlatform()
            .start(() -> {
              while (register.hasRunning()) {
                register.awaitNoneRunning(Duration.ofDays(1));
              }
              done.countDown();
            });

    held.forEach(register::ended);

    assertThat(waiting.join(Duration.ofSeconds(9))).isTrue();
    assertThat(done.getCount()).isZero();
  }

  @Test
  @Timeout(10)
  void somebodyElseCanWakeWhoWaits() {
    hold(claim(1, 0));

    register.wake();
    register.awaitNoneRunning(Duration.ofDays(1));

    assertThat(register.hasRunning()).isTrue();
  }
}
