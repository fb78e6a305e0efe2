package dev.cairn.internal.work;

import dev.cairn.InterruptionReason;
import dev.cairn.internal.concurrent.Loop;
import dev.cairn.internal.store.Claim;
import dev.cairn.internal.store.ClaimStatus;
import dev.cairn.internal.store.ClaimStatus.Standing;
import dev.cairn.internal.store.JobStore;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks after the running jobs: an attempt whose job was taken away is told so, one whose job
 * somebody cancelled, interrupted or paused is asked to stop, even where no notification arrives.
 * Renews the claims of those that run for long, reports those that hold a transaction open for too
 * long, and has strays handed back.
 */
final class Lookout {
  private static final Logger log = LoggerFactory.getLogger(Lookout.class);

  /** The most claims in one question. */
  private static final int BATCH_MAX = 10_000;

  private final EngineSettings settings;
  private final JobStore jobs;
  private final RunningAttempts running;
  private final Deadlines deadlines;
  private final Strays strays;
  private final Loop loop = new Loop("cairn-lookout", this::turn);

  Lookout(
      EngineSettings settings,
      JobStore jobs,
      RunningAttempts running,
      Deadlines deadlines,
      Strays strays) {
    this.settings = settings;
    this.jobs = jobs;
    this.running = running;
    this.deadlines = deadlines;
    this.strays = strays;
  }

  void start() {
    strays.begin();
    loop.start();
  }

  void stop(Duration timeout) {
    loop.stop();
    loop.join(timeout);
  }

  private Duration turn() {
    List<Attempt> attempts = running.all();
    for (int from = 0; from < attempts.size(); from += BATCH_MAX) {
      List<Attempt> batch = attempts.subList(from, Math.min(from + BATCH_MAX, attempts.size()));
      inspect(batch);
      renew(batch.stream().filter(this::isLong).toList());
      reportLongTransactions(batch);
    }
    strays.look();
    return settings.heartbeatInterval();
  }

  private boolean isLong(Attempt attempt) {
    return attempt.times().run().compareTo(settings.renewAfter()) >= 0;
  }

  /** Tells of transactions that keep a job from being taken over for too long (R5, R25). */
  private void reportLongTransactions(List<Attempt> attempts) {
    Duration limit = settings.shutdownGrace();
    List<Attempt> suspects =
        attempts.stream().filter(attempt -> attempt.transactions().mayBeLong(limit)).toList();
    if (suspects.isEmpty()) {
      return;
    }
    Set<Long> locked = jobs.locked(claims(suspects));
    for (Attempt attempt : suspects) {
      if (attempt.transactions().isLong(limit, locked.contains(attempt.job().id()))) {
        log.warn(
            "{} holds a transaction open for longer than the shutdown grace of {}: until it ends"
                + " the job cannot stop, and nobody can take it over",
            attempt.describe(),
            limit);
      }
    }
  }

  private void renew(List<Attempt> attempts) {
    if (!attempts.isEmpty()) {
      jobs.renew(settings.clientId(), claims(attempts), settings.renewAfter());
    }
  }

  private static List<Claim> claims(List<Attempt> attempts) {
    return attempts.stream().map(attempt -> attempt.claimed().claim()).toList();
  }

  private void inspect(List<Attempt> attempts) {
    Map<Long, ClaimStatus> statuses = new HashMap<>();
    jobs.inspect(settings.clientId(), claims(attempts))
        .forEach(status -> statuses.put(status.jobId(), status));
    for (Attempt attempt : attempts) {
      ClaimStatus status = statuses.get(attempt.claimed().claim().jobId());
      // An attempt that has ended meanwhile has handed its job over in good order.
      if (status == null || attempt.hasEnded()) {
        continue;
      }
      if (status.standing() == Standing.LOST) {
        attempt.interrupt(InterruptionReason.LEASE_LOST);
        deadlines.lookNow();
      } else if (status.standing() == Standing.HELD && status.requested() != null) {
        attempt.interrupt(status.requested());
        deadlines.lookNow();
      }
    }
  }
}
