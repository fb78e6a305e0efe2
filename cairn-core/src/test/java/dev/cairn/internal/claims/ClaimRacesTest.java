package dev.cairn.internal.claims;

import static dev.cairn.Races.require;

import dev.cairn.InterruptionReason;
import dev.cairn.Races;
import dev.cairn.internal.claims.ClaimRegister.Sending;
import dev.cairn.internal.store.Claim;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ClaimRacesTest {
  private static final Claim OLDER = new Claim(1, Instant.EPOCH, "client");
  private static final Claim NEWER = new Claim(1, Instant.EPOCH.plusSeconds(1), "client");

  /** Remembers what it was told. */
  private static final class TestRun implements Run {
    private volatile @Nullable InterruptionReason interrupted;
    private volatile boolean lost;

    @Override
    public void interrupt(InterruptionReason reason) {
      interrupted = reason;
    }

    @Override
    public void lose() {
      lost = true;
    }
  }

  /** A register with two statements under way. */
  private static final class Shared {
    private final ClaimRegister register = new ClaimRegister(Duration.ZERO);
    private final Sending first = register.send();
    private final Sending second = register.send();
    private final TestRun older = new TestRun();
    private final TestRun newer = new TestRun();
    private final AtomicInteger ended = new AtomicInteger();
    private @Nullable HeldClaim held;
    private volatile boolean seenEmpty;

    HeldClaim answer(Sending sending, Claim claim, TestRun run) {
      HeldClaim held = sending.answered(List.of(claim)).getFirst();
      sending.close();
      held.begin(run);
      return held;
    }

    HeldClaim answerOlder() {
      return answer(first, OLDER, older);
    }

    HeldClaim answerNewer() {
      return answer(second, NEWER, newer);
    }

    void look() {
      for (int i = 0; i < 50; i++) {
        seenEmpty |= register.isEmpty();
      }
    }

    HeldClaim held() {
      return Objects.requireNonNull(held);
    }

    void end() {
      if (held().end()) {
        ended.incrementAndGet();
        register.ended(held());
      }
    }
  }

  @Test
  void aClaimIsNeverUnseenBetweenItsSendingAndItsHolding() {
    Races.of(
            () -> {
              var shared = new Shared();
              shared.second.answered(List.of());
              shared.second.close();
              return shared;
            })
        .thread(Shared::answerOlder)
        .thread(Shared::look)
        .run(shared -> {
          require(!shared.seenEmpty, "it was taken for empty");
          require(shared.register.knows(OLDER), "the claim is not held");
        });
  }

  @Test
  void ofTwoClaimsOfOneJobTheOlderIsLostWhicheverAnswerComesFirst() {
    Races.of(Shared::new)
        .thread(Shared::answerOlder)
        .thread(Shared::answerNewer)
        .run(shared -> {
          require(shared.older.lost, "the older run was not told");
          require(!shared.newer.lost, "the newer run was told");
          require(shared.register.all().size() == 2, "a claim is missing");
        });
  }

  @Test
  void theNewerClaimStaysWhenTheOlderIsOverAtTheSameTime() {
    Races.of(Shared::new)
        .thread(shared -> shared.register.over(shared.answerOlder()))
        .thread(Shared::answerNewer)
        .run(shared -> {
          require(!shared.newer.lost, "the newer run was told");
          require(!shared.register.knows(OLDER), "the older claim is still there");
          require(shared.register.knows(NEWER), "the newer claim is missing");
          require(!shared.register.isEmpty(), "it is taken for empty");
        });
  }

  @Test
  void noRunMissesThatAllAreAskedToStop() {
    Races.of(Shared::new)
        .thread(Shared::answerOlder)
        .thread(shared -> shared.register.close())
        .run(shared ->
            require(
                shared.older.interrupted == InterruptionReason.SHUTDOWN,
                "the run was not asked to stop"));
  }

  private static Shared held() {
    var shared = new Shared();
    shared.held = shared.answerOlder();
    return shared;
  }

  @Test
  void aRunIsEndedOnceByWhoeverIsFirst() {
    Races.of(ClaimRacesTest::held)
        .thread(Shared::end)
        .thread(Shared::end)
        .run(shared -> require(shared.ended.get() == 1, "ended " + shared.ended.get() + " times"));
  }

  @Test
  void whoWaitsForTheLastRunIsWoken() {
    Races.of(ClaimRacesTest::held)
        .thread(Shared::end)
        .thread(shared -> {
          while (shared.register.hasRunning()) {
            shared.register.awaitNoneRunning(Duration.ofDays(1));
          }
        })
        .run(shared -> require(shared.ended.get() == 1, "the wait has ended too early"));
  }

  @Test
  void aRunThatBeginsHearsThatItsClaimIsLost() {
    Races.of(
            () -> {
              var shared = new Shared();
              shared.held = shared.first.answered(List.of(OLDER)).getFirst();
              return shared;
            })
        .thread(shared -> shared.held().begin(shared.older))
        .thread(shared -> shared.held().lose())
        .run(shared -> require(shared.older.lost, "the run was not told"));
  }
}
