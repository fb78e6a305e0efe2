package dev.cairn.internal.work;

import dev.cairn.InterruptionReason;
import dev.cairn.internal.store.AttemptTimes;
import dev.cairn.internal.store.Claim;
import dev.cairn.internal.store.FinishedAttempt;
import dev.cairn.internal.store.JobStore;
import dev.cairn.internal.store.Outcome;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hands back jobs that run under this client's name although it does not work them: the connection
 * broke after the claim had committed and before its answer came, or a client of the same name died
 * here a moment ago. Nobody else can free them, since this client gives its signs of life.
 *
 * <p>Asks only for a while after such a thing may have happened. A job is handed back when it was a
 * stray twice in a row, because the outcome of one that has just ended may be on its way.
 */
final class Strays {
  private static final Logger log = LoggerFactory.getLogger(Strays.class);

  private final EngineSettings settings;
  private final JobStore jobs;
  private final RunningAttempts running;
  private final long windowNanos;
  private volatile long lookUntilNanos = System.nanoTime();
  private volatile long doubtUntilNanos = System.nanoTime();

  /** Those of the last look. Used by the lookout's thread only. */
  private Set<Claim> suspects = Set.of();

  Strays(EngineSettings settings, JobStore jobs, RunningAttempts running) {
    this.settings = settings;
    this.jobs = jobs;
    this.running = running;
    // A claim whose connection broke may be committed somewhat later.
    this.windowNanos = settings.heartbeatTimeout().multipliedBy(2).toNanos();
  }

  /** The client begins: there may be jobs of an earlier one of its name. */
  void begin() {
    lookUntilNanos = System.nanoTime() + windowNanos;
  }

  /** A claim has failed, and may have happened all the same. */
  void doubt() {
    doubtUntilNanos = System.nanoTime() + windowNanos;
    begin();
  }

  /** Whether a claim may have happened that this client does not know. */
  boolean mayBeThere() {
    return doubtUntilNanos - System.nanoTime() > 0;
  }

  void look() {
    if (lookUntilNanos - System.nanoTime() <= 0 && suspects.isEmpty()) {
      return;
    }
    Set<Long> known = running.jobIds(); // before the question: a job that ends now is known still
    List<Claim> found = jobs.claimsBeside(settings.clientId(), known);
    List<FinishedAttempt> strays =
        found.stream().filter(suspects::contains).map(Strays::interrupted).toList();
    suspects = Set.copyOf(found);
    if (!strays.isEmpty()) {
      log.warn(
          "Jobs {} ran under the name of this client, {}, which does not work them: handed back",
          jobs.finish(settings.clientId(), strays),
          settings.clientId());
    }
  }

  /** Nothing was written under the claim, so the metadata is up to date. */
  private static FinishedAttempt interrupted(Claim claim) {
    return new FinishedAttempt(
        claim,
        new Outcome.Interrupted(InterruptionReason.SHUTDOWN),
        null,
        false,
        List.of(),
        new AttemptTimes(Duration.ZERO, Duration.ZERO, System.nanoTime()));
  }
}
