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

  /** The steps for which it is unknown whether their signal has arrived. */
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
   * The number of waits that the database must have for the job. If it has fewer, for example after
   * a failover, the job checks again at once. So this is at least one, unless a step is unsure:
   * such a step has no wait in the database, and looks again soon in any case.
   */
  private int waits() {
    return unsure.isEmpty() ? Math.max(noted.size(), 1) : noted.size();
  }

  /** The outcome for the job of a suspended attempt. */
  Outcome.Suspended suspension() {
    return suspension;
  }

  /**
   * Reads a signal. If a transaction is sending it, which may stay open for a long time, the job
   * gives up its slot and looks again later.
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
   * Whether earlier attempts may have left waits. A job without steps, such as one that only polls
   * and snoozes, has none.
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
