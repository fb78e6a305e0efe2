package dev.cairn.internal.work;

import dev.cairn.InterruptionReason;
import dev.cairn.internal.claims.ClaimRegister;
import dev.cairn.internal.claims.HeldClaim;
import dev.cairn.internal.claims.Lease;
import dev.cairn.internal.claims.OrphanSearch;
import dev.cairn.internal.concurrent.Loop;
import dev.cairn.internal.concurrent.Nanos;
import dev.cairn.internal.store.Claim;
import dev.cairn.internal.store.ClaimStatus;
import dev.cairn.internal.store.FencedClaim;
import dev.cairn.internal.store.JobStore;
import dev.cairn.internal.store.QueueStore;
import dev.cairn.jobs.QueueRow;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Looks after the running jobs: an attempt whose job was taken away is told so, one whose job
 * somebody cancelled, interrupted or paused is asked to stop, even where no notification arrives.
 * Renews the claims of those that run for long, and hands back what runs in this client's name and
 * is worked by nobody.
 */
final class Lookout {
  /** As many names of queues are remembered between two looks; the rest is hearsay. */
  private static final int SAID_MAX = 1_000;

  /** How soon to look again at what may be an orphan. */
  private static final Duration SECOND_LOOK = Duration.ofSeconds(1);

  /** The most claims in one question. */
  private static final int BATCH_MAX = 10_000;

  private final EngineSettings settings;
  private final JobStore jobs;
  private final QueueStore queues;
  private final ClaimRegister register;
  private final Attempts attempts;
  private final Lease lease;
  private final Executor executor;
  private final Deadlines deadlines;
  private final OrphanSearch orphans;
  private final Loop loop = new Loop("cairn-lookout", this::turn);
  private long nextSearchNanos = System.nanoTime();

  /** Somebody wants to know at once how the running jobs stand. */
  private volatile boolean called;

  /** Queues that somebody says were paused. */
  private final Set<String> saidToBePaused = ConcurrentHashMap.newKeySet();

  Lookout(
      EngineSettings settings,
      JobStore jobs,
      QueueStore queues,
      ClaimRegister register,
      Lease lease,
      Executor executor,
      Deadlines deadlines) {
    this.settings = settings;
    this.jobs = jobs;
    this.queues = queues;
    this.register = register;
    this.attempts = new Attempts(register);
    this.lease = lease;
    this.executor = executor;
    this.deadlines = deadlines;
    this.orphans = new OrphanSearch(settings.clientId(), jobs, register);
  }

  /** There may be jobs of an earlier client of this name. */
  void start() {
    register.suspect();
    loop.start();
  }

  void stop() {
    loop.stop();
  }

  boolean join(Duration timeout) {
    return loop.join(timeout);
  }

  Optional<Thread> thread() {
    return loop.thread();
  }

  /**
   * Somebody says that a job is to stop. Whoever may connect to the database can say so, so the row
   * is asked whether it is true.
   */
  void jobIsSaidToStop(long jobId) {
    if (attempts.all().stream().anyMatch(attempt -> attempt.job().id() == jobId)) {
      called = true;
      loop.ring();
    }
  }

  /** Somebody says that a queue, or all of them if it is {@code *}, was paused: likewise. */
  void queueIsSaidToBePaused(String queue) {
    if (saidToBePaused.size() < SAID_MAX) {
      saidToBePaused.add(queue);
      called = true;
      loop.ring();
    }
  }

  private void lookAtPausedQueues() {
    Set<String> said = Set.copyOf(saidToBePaused);
    if (said.isEmpty()) {
      return;
    }
    saidToBePaused.removeAll(said);
    for (QueueRow queue : queues.list()) {
      if (queue.pausedAt() != null && (said.contains("*") || said.contains(queue.name()))) {
        executor.interruptPaused(queue.name());
        deadlines.lookNow();
      }
    }
  }

  private Duration turn() {
    called = false;
    register.all().stream().filter(HeldClaim::isAbandoned).forEach(executor::abandon);
    List<Attempt> running = attempts.all();
    for (int from = 0; from < running.size(); from += BATCH_MAX) {
      List<Attempt> batch = running.subList(from, Math.min(from + BATCH_MAX, running.size()));
      inspect(batch);
      if (lease.isValid()) {
        renew(batch.stream().filter(this::isLong).toList());
      }
    }
    lookAtPausedQueues();
    searchForOrphans();
    if (called) {
      return Duration.ZERO;
    }
    Duration interval = settings.heartbeatInterval();
    return orphans.isSuspicious() && SECOND_LOOK.compareTo(interval) < 0 ? SECOND_LOOK : interval;
  }

  /** While there is doubt in each turn, else once in a timeout: for what nobody has thought of. */
  private void searchForOrphans() {
    long now = System.nanoTime();
    if (register.isSuspicious() || orphans.isSuspicious() || now - nextSearchNanos >= 0) {
      nextSearchNanos = now + Nanos.of(settings.heartbeatTimeout());
      orphans.look();
    }
  }

  private boolean isLong(Attempt attempt) {
    return attempt.times().run().compareTo(settings.renewAfter()) >= 0;
  }

  private void renew(List<Attempt> batch) {
    if (!batch.isEmpty()) {
      jobs.renew(settings.clientId(), claims(batch), settings.renewAfter());
    }
  }

  private static List<Claim> claims(List<Attempt> batch) {
    return batch.stream().map(attempt -> attempt.claimed().claim()).toList();
  }

  private void inspect(List<Attempt> batch) {
    // Each with what it follows as it is now: what becomes durable meanwhile is there all the more.
    List<FencedClaim> asked =
        batch.stream().map(attempt -> attempt.checkpoints().fenced()).toList();
    List<ClaimStatus> statuses = jobs.inspect(settings.clientId(), asked);
    boolean anyToStop = false;
    for (int i = 0; i < batch.size(); i++) {
      anyToStop |= obey(batch.get(i), asked.get(i), statuses.get(i));
    }
    if (anyToStop) {
      deadlines.lookNow();
    }
  }

  /** Whether the attempt has to stop. */
  private static boolean obey(Attempt attempt, FencedClaim asked, ClaimStatus status) {
    // An attempt that has ended meanwhile has handed its job over in good order.
    if (attempt.hasEnded() || attempt.held().hasEnded()) {
      return false;
    }
    switch (status.standing()) {
      case HELD -> {
        if (status.requested() == null) {
          return false;
        }
        attempt.interrupt(status.requested());
      }
      case REWOUND -> {
        if (!attempt.checkpoints().fenced().equals(asked)) {
          // It has replaced its checkpoints meanwhile, and is asked again in the next turn.
          return false;
        }
        attempt.interrupt(InterruptionReason.LEASE_LOST);
      }
      case ENDED, LOST -> attempt.held().lose();
      case COMPLETED -> {
        if (attempt.isCompletedByWorker()) {
          return false;
        }
        // By somebody else, with a statement of their own: what it does now is for nothing.
        attempt.held().lose();
      }
    }
    return true;
  }
}
