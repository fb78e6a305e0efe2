package dev.cairn.internal.work;

import dev.cairn.InterruptionReason;
import dev.cairn.JobInterruption;
import dev.cairn.internal.json.MetadataKeys;
import dev.cairn.internal.store.Claim;
import dev.cairn.internal.store.ContendedException;
import dev.cairn.internal.store.Outcome;
import dev.cairn.internal.store.SignalName;
import dev.cairn.internal.store.WaitStore;
import dev.cairn.spi.Waits;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The waits of one attempt: suspends the job, and recalls what its earlier attempts waited for.
 * Thread-safe.
 */
final class AttemptWaits implements Waits {
  /** How soon to look again for a signal that another transaction is about to send. */
  private static final Duration LOOK_AGAIN = Duration.ofSeconds(1);

  private final Attempt attempt;
  private final WaitStore store;

  /** The steps whose wait is recorded in the database. */
  private final Set<String> noted = ConcurrentHashMap.newKeySet();

  /** The steps that could not find out whether their signal has arrived. */
  private final Set<String> unsure = ConcurrentHashMap.newKeySet();

  private volatile Duration ahead = Duration.ZERO;
  private volatile Outcome.Suspended suspension = new Outcome.Suspended(Duration.ZERO, 0);

  AttemptWaits(Attempt attempt, WaitStore store) {
    this.attempt = attempt;
    this.store = store;
  }

  @Override
  public Instant now() {
    return attempt.time().databaseTime().plus(ahead);
  }

  @Override
  public void shift(Duration time) {
    ahead = time;
  }

  @Override
  public JobInterruption suspend(Duration delay, boolean wakeable) {
    attempt.requireActive("suspend");
    attempt.yieldIfInterrupted();
    if (attempt.stopRequest().askFor(InterruptionReason.SUSPENDED)) {
      suspension = new Outcome.Suspended(bounded(delay), wakeable ? waits() : 0);
    }
    attempt.yieldIfInterrupted();
    throw new IllegalStateException("a suspended attempt goes on");
  }

  private Duration bounded(Duration delay) {
    if (delay.isNegative()) {
      return Duration.ZERO;
    }
    return unsure.isEmpty() || delay.compareTo(LOOK_AGAIN) < 0 ? delay : LOOK_AGAIN;
  }

  /**
   * At least one, so that the database has fewer for a job that no signal would wake, and the job
   * checks again.
   */
  private int waits() {
    return unsure.isEmpty() ? Math.max(noted.size(), 1) : noted.size();
  }

  /** The outcome for the job of a suspended attempt. */
  Outcome.Suspended suspension() {
    return suspension;
  }

  /**
   * The transaction that sends the signal may stay open for a long time. The job does not keep its
   * slot meanwhile.
   */
  @Override
  public Optional<Signal> signal(String step, String name) {
    attempt.requireActive("signal");
    SignalName.require(name);
    try {
      Optional<Signal> signal =
          attempt.held(attempt.guarded(() -> store.awaitSignal(claim(), step, name)));
      note(step, signal.isEmpty());
      return signal;
    } catch (ContendedException e) {
      unsure.add(step);
      return Optional.empty();
    }
  }

  @Override
  public AwaitedJob job(String step, long awaitedId) {
    attempt.requireActive("job");
    AwaitedJob job = attempt.held(attempt.guarded(() -> store.awaitJob(claim(), step, awaitedId)));
    note(step, !job.ended());
    return job;
  }

  @Override
  public void forget(String step) {
    attempt.requireActive("forget");
    if (!attempt.guarded(() -> store.forget(claim(), step))) {
      attempt.loseJob();
    }
    note(step, false);
  }

  @Override
  public void forgetAll() {
    attempt.requireActive("forgetAll");
    if (noted.isEmpty() && !mayHaveWaitedBefore()) {
      return;
    }
    if (!attempt.guarded(() -> store.forget(claim(), null))) {
      attempt.loseJob();
    }
    unsure.clear();
    noted.clear();
  }

  /**
   * Whether earlier attempts may have left waits. A job that only polls and snoozes, without steps,
   * has none to delete.
   */
  private boolean mayHaveWaitedBefore() {
    return attempt.claimed().claims() > 1
        && (attempt.checkpoints().isUsed()
            || attempt.claimed().metadata().contains("\"" + MetadataKeys.RESUMABLE_DIGEST + '"'));
  }

  private void note(String step, boolean waits) {
    unsure.remove(step);
    if (waits) {
      noted.add(step);
    } else {
      noted.remove(step);
    }
  }

  private Claim claim() {
    return attempt.claimed().claim();
  }
}
