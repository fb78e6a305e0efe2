package dev.cairn.internal.claims;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.InterruptionReason;
import dev.cairn.internal.store.Claim;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

class HeldClaimTest {
  private final HeldClaim held = new HeldClaim(new Claim(1, Instant.EPOCH, "client"));
  private final List<String> told = new ArrayList<>();
  private final Run run =
      new Run() {
        @Override
        public void interrupt(InterruptionReason reason) {
          told.add(reason.name());
        }

        @Override
        public void lose() {
          told.add("lost");
        }
      };

  @Test
  void whatWasSaidBeforeTheBeginningIsPassedOnAtTheBeginning() {
    held.interrupt(InterruptionReason.SHUTDOWN);

    held.begin(run);

    assertThat(told).containsExactly("SHUTDOWN");
  }

  /** As for an attempt: the loss of the lease is never replaced by a milder reason. */
  @Test
  void theLossOfTheLeaseIsNotForgottenForAShutdown() {
    held.interrupt(InterruptionReason.LEASE_LOST);
    held.interrupt(InterruptionReason.SHUTDOWN);

    held.begin(run);

    assertThat(told).containsExactly("LEASE_LOST");
  }

  @Test
  void theFirstReasonStaysAsForAnAttempt() {
    held.interrupt(InterruptionReason.PAUSED);
    held.interrupt(InterruptionReason.SHUTDOWN);

    held.begin(run);

    assertThat(told).containsExactly("PAUSED");
  }

  @Test
  void onlyTheFirstEndsIt() {
    assertThat(held.end()).isTrue();
    assertThat(held.end()).isFalse();
    assertThat(held.hasEnded()).isTrue();
  }

  @Test
  void aClaimIsAbandonedWhenItsThreadIsGoneWithoutAnOutcome() throws InterruptedException {
    Thread thread = Thread.ofVirtual().unstarted(() -> {});
    held.workedBy(thread);

    thread.start();
    thread.join();

    assertThat(held.isAbandoned()).isTrue();
    held.end();
    assertThat(held.isAbandoned()).isFalse();
  }

  /** The fetcher names the thread a moment before it starts it, and the watcher may look then. */
  @Test
  void aClaimWhoseThreadIsAboutToStartIsNotAbandoned() {
    held.workedBy(Thread.ofVirtual().unstarted(() -> {}));

    assertThat(held.isAbandoned()).isFalse();
  }

  /**
   * On JDK 21, the state of a virtual thread waits while an interrupt closes the file in which the
   * thread reads, and everybody who asks this claim would wait, too.
   */
  @Test
  void theStateOfALivingThreadIsNotAsked() throws InterruptedException {
    var end = new CountDownLatch(1);
    Thread thread =
        new Thread("reads") {
          @Override
          public void run() {
            try {
              end.await();
            } catch (InterruptedException e) {
              throw new IllegalStateException(e);
            }
          }

          @Override
          public State getState() {
            assertThat(end.getCount()).as("asked while it lives").isZero();
            return super.getState();
          }
        };
    held.workedBy(thread);
    thread.start();

    assertThat(held.isAbandoned()).isFalse();
    end.countDown();
    thread.join();
    assertThat(held.isAbandoned()).isTrue();
  }

  @Test
  void aClaimWithoutAThreadIsNotAbandoned() {
    assertThat(held.isAbandoned()).isFalse();
  }
}
