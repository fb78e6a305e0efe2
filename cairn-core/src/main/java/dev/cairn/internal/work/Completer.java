package dev.cairn.internal.work;

import dev.cairn.CairnException;
import dev.cairn.internal.concurrent.Loop;
import dev.cairn.internal.concurrent.Wakeup;
import dev.cairn.internal.store.ClaimStatus.Standing;
import dev.cairn.internal.store.FinishedAttempt;
import dev.cairn.internal.store.JobStore;
import dev.cairn.internal.store.RejectedDataException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes the outcomes of attempts. Each write takes all outcomes that came in during the previous
 * one, so batches grow with the load and no outcome waits for a timer. An outcome is kept until the
 * database has taken it, or says that the job is no longer this client's.
 */
final class Completer {
  private static final Logger log = LoggerFactory.getLogger(Completer.class);

  /** The most outcomes in one statement. */
  private static final int BATCH_MAX = 5_000;

  /** From here on nothing more is claimed until the database has caught up. */
  private static final int BACKLOG_MAX = 20_000;

  private static final Duration LOCKED_RETRY = Duration.ofMillis(50);

  private final String clientId;
  private final JobStore jobs;
  private final JobReporter reporter;
  private final Runnable onRoom;
  private final Queue<FinishedAttempt> incoming = new ConcurrentLinkedQueue<>();
  private final AtomicInteger backlog = new AtomicInteger();
  private final Loop loop = new Loop("cairn-complete", this::turn);
  private final Wakeup idle = new Wakeup();
  private volatile boolean idleAwaited;

  /** Outcomes that have to be sent again. Used by the loop only. */
  private final List<FinishedAttempt> again = new ArrayList<>();

  /**
   * @param onRoom called when there is room for more after there was none
   */
  Completer(String clientId, JobStore jobs, JobReporter reporter, Runnable onRoom) {
    this.clientId = clientId;
    this.jobs = jobs;
    this.reporter = reporter;
    this.onRoom = onRoom;
  }

  void start() {
    loop.start();
  }

  /** Has an outcome written. */
  void complete(FinishedAttempt attempt) {
    backlog.incrementAndGet();
    incoming.add(attempt);
    loop.ring();
  }

  /** How many more outcomes may come in before the database has to catch up. */
  int room() {
    return Math.max(BACKLOG_MAX - backlog.get(), 0);
  }

  /** Waits until every outcome is written; false if that takes longer than {@code timeout}. */
  boolean awaitIdle(Duration timeout) {
    long end = System.nanoTime() + timeout.toNanos();
    idleAwaited = true;
    while (backlog.get() > 0) {
      long rest = end - System.nanoTime();
      if (rest <= 0) {
        return false;
      }
      idle.await(Duration.ofNanos(rest));
    }
    return true;
  }

  boolean stop(Duration timeout) {
    loop.stop();
    return loop.join(timeout);
  }

  private Duration turn() {
    List<FinishedAttempt> batch = nextBatch();
    if (batch.isEmpty()) {
      return Loop.UNTIL_RUNG;
    }
    try {
      write(batch);
    } catch (RuntimeException e) {
      again.addAll(batch);
      throw e;
    }
    return again.isEmpty() ? Duration.ZERO : LOCKED_RETRY;
  }

  private List<FinishedAttempt> nextBatch() {
    var batch = new ArrayList<>(again);
    again.clear();
    while (batch.size() < BATCH_MAX) {
      FinishedAttempt next = incoming.poll();
      if (next == null) {
        break;
      }
      batch.add(next);
    }
    return batch;
  }

  /** Throws only if the whole batch has to be sent again. */
  private void write(List<FinishedAttempt> batch) {
    try {
      finish(batch);
    } catch (RejectedDataException e) {
      batch.forEach(this::writeAlone);
    }
  }

  private void finish(List<FinishedAttempt> batch) {
    Set<Long> written = jobs.finish(clientId, batch);
    List<FinishedAttempt> locked =
        written.size() == batch.size()
            ? List.of()
            : lookAfter(
                batch.stream().filter(each -> !written.contains(each.claim().jobId())).toList());
    again.addAll(locked);
    reporter.written(
        written.size() == batch.size()
            ? batch
            : batch.stream().filter(each -> written.contains(each.claim().jobId())).toList());
    done(batch.size() - locked.size());
  }

  /** One outcome of a batch that was refused; the one to blame is written without its details. */
  private void writeAlone(FinishedAttempt attempt) {
    try {
      finish(List.of(attempt));
    } catch (RejectedDataException e) {
      log.error(
          "Job {}: the database refuses the metadata or checkpoints of its outcome, which is written"
              + " without them",
          attempt.claim().jobId(),
          e);
      again.add(attempt.withoutDetails(e.toString()));
    } catch (CairnException e) {
      log.warn("Job {}: its outcome is sent again", attempt.claim().jobId(), e);
      again.add(attempt);
    }
  }

  /** Finds out why outcomes were not written; returns those that only found their row locked. */
  private List<FinishedAttempt> lookAfter(List<FinishedAttempt> unwritten) {
    Map<Long, Standing> standings = new HashMap<>();
    jobs.inspect(clientId, unwritten.stream().map(FinishedAttempt::claim).toList())
        .forEach(status -> standings.put(status.jobId(), status.standing()));
    var locked = new ArrayList<FinishedAttempt>();
    for (FinishedAttempt attempt : unwritten) {
      long id = attempt.claim().jobId();
      switch (standings.getOrDefault(id, Standing.LOST)) {
        case HELD -> locked.add(attempt);
        case COMPLETED -> {
          if (!completedInTransaction(attempt)) {
            locked.add(attempt);
          }
        }
        case LOST ->
            log.warn(
                "Job {} was taken from this client, {}: the outcome of its attempt is dropped: {}",
                id,
                clientId,
                attempt.outcome());
      }
    }
    return locked;
  }

  /** What was staged after the worker's transaction is still written; false to try again. */
  private boolean completedInTransaction(FinishedAttempt attempt) {
    try {
      if (attempt.metadata() != null) {
        jobs.addMetadata(attempt.claim(), attempt.metadata());
      }
    } catch (RejectedDataException e) {
      log.error(
          "Job {}: the database refuses the metadata of its outcome, which is written without it",
          attempt.claim().jobId(),
          e);
    } catch (CairnException e) {
      log.warn("Job {}: its metadata is sent again", attempt.claim().jobId(), e);
      return false;
    }
    reporter.written(List.of(attempt));
    return true;
  }

  private void done(int outcomes) {
    int before = backlog.getAndAdd(-outcomes);
    if (before >= BACKLOG_MAX && before - outcomes < BACKLOG_MAX) {
      onRoom.run();
    }
    if (idleAwaited && before == outcomes) {
      idle.ring();
    }
  }
}
