package dev.cairn.internal.work;

import dev.cairn.InterruptionReason;
import dev.cairn.JobInterruption;
import dev.cairn.internal.store.Claim;
import dev.cairn.internal.store.Outcome;
import dev.cairn.internal.store.StorableJson;
import dev.cairn.internal.store.WaitStore;
import dev.cairn.spi.Waits;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** How one attempt ends to wait. Thread-safe. */
final class AttemptWaits implements Waits {
  private final Attempt attempt;
  private final WaitStore store;
  private volatile Outcome.Suspended suspension = new Outcome.Suspended(Duration.ZERO, false);

  AttemptWaits(Attempt attempt, WaitStore store) {
    this.attempt = attempt;
    this.store = store;
  }

  /** The database's clock at the claim, and what has passed since by ours. */
  @Override
  public Instant now() {
    return attempt
        .claimed()
        .claim()
        .attemptedAt()
        .plusNanos(System.nanoTime() - attempt.startedNanos());
  }

  @Override
  public JobInterruption suspend(Duration delay, boolean wakeable) {
    attempt.requireActive("suspend");
    attempt.yieldIfInterrupted();
    if (attempt.interruptFor(InterruptionReason.SUSPENDED)) {
      suspension = new Outcome.Suspended(delay.isNegative() ? Duration.ZERO : delay, wakeable);
    }
    attempt.yieldIfInterrupted();
    throw new IllegalStateException("a suspended attempt goes on");
  }

  /** What the end of a suspended attempt means for its job. */
  Outcome.Suspended suspension() {
    return suspension;
  }

  @Override
  public Optional<Signal> signal(String step, String name) {
    attempt.requireActive("signal");
    StorableJson.requireText("the name of a signal", name);
    return attempt.held(attempt.guarded(() -> store.awaitSignal(claim(), step, name)));
  }

  @Override
  public AwaitedJob job(String step, long awaitedId) {
    attempt.requireActive("job");
    return attempt.held(attempt.guarded(() -> store.awaitJob(claim(), step, awaitedId)));
  }

  @Override
  public void forget(String step) {
    attempt.requireActive("forget");
    if (!attempt.guarded(() -> store.forget(claim(), step))) {
      attempt.loseJob();
    }
  }

  private Claim claim() {
    return attempt.claimed().claim();
  }
}
