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
import java.util.function.Consumer;

/**
 * Watches over the running jobs. It ends attempts whose job was taken away. It asks an attempt to
 * stop if its job was cancelled, interrupted or paused, even without a notification. It renews the
 * claims of long jobs. It hands back jobs that run under this client's name although no attempt
 * works them.
 */
final class RunningJobsWatcher {
  /** How soon to look again at a job that may be an orphan. */
  private static final Duration SECOND_LOOK = Duration.ofSeconds(1);

  /** The maximum number of claims in one query. */
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
  private final Loop loop = new Loop("cairn-watcher", this::turn);
  private long nextSearchNanos = System.nanoTime();

  /** Whether to check the running jobs at once. */
  private volatile boolean called;

  RunningJobsWatcher(
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

  /** Sets who hears of the jobs that a search for orphans has handed back, by their ids. */
  void whenHandedBack(Consumer<List<Long>> action) {
    orphans.whenHandedBack(action);
  }

  /**
   * Starts with a search for orphans, because an earlier client of this name may have left jobs.
   */
  void start() {
    register.suspect();
    lease.whenJumped(this::lookSoon);
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
   * Handles a notification that a job has to stop. Any role that may connect to the database can
   * send one, so the job's row is checked.
   */
  void jobIsSaidToStop(long jobId) {
    if (register.hasJob(jobId)) {
      lookSoon();
    }
  }

  /**
   * Handles a notification that a queue, or all queues, were paused. The queues' rows are checked,
   * for the same reason.
   */
  void queueIsSaidToBePaused() {
    lookSoon();
  }

  private void lookSoon() {
    called = true;
    loop.ring();
  }

  /**
   * Checks the paused queues in each turn, because a notification may be missed, and a claim may be
   * on its way while the queue is paused.
   */
  private void lookAtPausedQueues() {
    Set<String> running = executor.queuesInterruptedByPause();
    if (running.isEmpty()) {
      return;
    }
    for (QueueRow queue : queues.list()) {
      if (queue.pausedAt() != null && running.contains(queue.name())) {
        executor.interruptPaused(queue.name());
        deadlines.lookNow();
      }
    }
  }

  private Duration turn() {
    called = false;
    register.all().stream().filter(HeldClaim::isAbandoned).forEach(executor::abandon);
    List<Attempt> running = attempts.all();
    if (!running.stream().allMatch(Attempt::isPrepared)) {
      // Such an attempt has not announced its limits, and may hang in code of the user.
      deadlines.lookNow();
    }
    for (int from = 0; from < running.size(); from += BATCH_MAX) {
      List<Attempt> batch = running.subList(from, Math.min(from + BATCH_MAX, running.size()));
      inspect(batch);
      if (lease.isValid()) {
        renew(batch.stream().filter(this::isLong).toList());
      }
    }
    if (lease.isValid()) {
      // Without a valid lease, another client may have started under this id, and its jobs are not
      // orphans.
      searchForOrphans();
    }
    lookAtPausedQueues();
    if (called) {
      return Duration.ZERO;
    }
    Duration interval = settings.heartbeatInterval();
    return orphans.isSuspicious() && SECOND_LOOK.compareTo(interval) < 0 ? SECOND_LOOK : interval;
  }

  /**
   * Searches in each turn while there is doubt, and otherwise once per heartbeat timeout, to find
   * unforeseen cases.
   */
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
    // Each claim is sent with the writes that it follows now. Writes that become durable meanwhile
    // do no harm.
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

  /** Acts on the status of a claim. Returns whether its attempt has to stop. */
  private static boolean obey(Attempt attempt, FencedClaim asked, ClaimStatus status) {
    // An attempt that has ended meanwhile has already handed over its job.
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
          // The attempt has replaced its checkpoints meanwhile, and is checked again in the next
          // turn.
          return false;
        }
        attempt.interrupt(InterruptionReason.LEASE_LOST);
      }
      case ENDED, LOST -> attempt.held().lose();
      case COMPLETED -> {
        if (attempt.isCompletedByWorker()) {
          return false;
        }
        // Another program has ended the job with its own statement, so the work of the attempt has
        // no effect.
        attempt.held().lose();
      }
    }
    return true;
  }
}
