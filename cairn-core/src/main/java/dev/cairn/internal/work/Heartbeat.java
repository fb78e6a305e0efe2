package dev.cairn.internal.work;

import dev.cairn.InterruptionReason;
import dev.cairn.internal.concurrent.Loop;
import dev.cairn.internal.store.ClaimStatus;
import dev.cairn.internal.store.ClientStore;
import dev.cairn.internal.store.JobStore;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Gives the client's sign of life, and looks after the jobs that run in it: one that was taken away
 * is told so, one that somebody cancelled is asked to stop, even where no notification arrives.
 */
final class Heartbeat {
  /** The most claims in one question. */
  private static final int BATCH_MAX = 10_000;

  private final EngineSettings settings;
  private final ClientStore clients;
  private final JobStore jobs;
  private final RunningAttempts running;
  private final Deadlines deadlines;
  private final Loop loop = new Loop("cairn-heartbeat", this::turn);

  Heartbeat(
      EngineSettings settings,
      ClientStore clients,
      JobStore jobs,
      RunningAttempts running,
      Deadlines deadlines) {
    this.settings = settings;
    this.clients = clients;
    this.jobs = jobs;
    this.running = running;
    this.deadlines = deadlines;
  }

  /** Gives the first sign at once, so that nothing is claimed by a client nobody knows. */
  void start() {
    clients.heartbeat(settings.clientId(), settings.heartbeatTimeout());
    loop.start();
  }

  boolean stop(Duration timeout) {
    loop.stop();
    return loop.join(timeout);
  }

  private Duration turn() {
    long start = System.nanoTime();
    clients.heartbeat(settings.clientId(), settings.heartbeatTimeout());
    List<Attempt> attempts = running.all();
    for (int from = 0; from < attempts.size(); from += BATCH_MAX) {
      inspect(attempts.subList(from, Math.min(from + BATCH_MAX, attempts.size())));
    }
    Duration taken = Duration.ofNanos(System.nanoTime() - start);
    Duration rest = settings.heartbeatInterval().minus(taken);
    return rest.isPositive() ? rest : Duration.ofMillis(1);
  }

  private void inspect(List<Attempt> attempts) {
    Map<Long, ClaimStatus> statuses = new HashMap<>();
    jobs.inspect(
            settings.clientId(),
            attempts.stream().map(attempt -> attempt.claimed().claim()).toList())
        .forEach(status -> statuses.put(status.jobId(), status));
    for (Attempt attempt : attempts) {
      ClaimStatus status = statuses.get(attempt.claimed().claim().jobId());
      // An attempt that has ended meanwhile has handed its job over in good order.
      if (status == null || attempt.hasEnded()) {
        continue;
      }
      if (status.standing() == ClaimStatus.Standing.LOST) {
        attempt.interrupt(InterruptionReason.LEASE_LOST);
        deadlines.lookNow();
      } else if (status.standing() == ClaimStatus.Standing.HELD && status.cancelRequested()) {
        attempt.interrupt(InterruptionReason.CANCELLED);
        deadlines.lookNow();
      }
    }
  }
}
