package dev.cairn.internal.work;

import dev.cairn.CairnException;
import dev.cairn.SchemaException;
import dev.cairn.StoreUnavailableException;
import dev.cairn.internal.claims.ClaimRegister;
import dev.cairn.internal.claims.Deadline;
import dev.cairn.internal.concurrent.Loop;
import dev.cairn.internal.concurrent.Wakeup;
import dev.cairn.internal.foreign.ForeignCode;
import dev.cairn.internal.foreign.ForeignFailure;
import dev.cairn.internal.foreign.Log;
import dev.cairn.internal.store.Claim;
import dev.cairn.internal.store.ClaimStatus;
import dev.cairn.internal.store.ContendedException;
import dev.cairn.internal.store.FinishedAttempt;
import dev.cairn.internal.store.FinishedAttempt.Form;
import dev.cairn.internal.store.JobStore;
import dev.cairn.internal.store.RejectedDataException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/*
 * An outcome leaves this class only when the database has written it, has set its job apart, or
 * reports that the job no longer belongs to this client. If a statement throws anything, even an
 * Error, its outcomes return to the front of the queue. A batch that fails while the database is
 * reachable is split in half repeatedly, until the faulty outcome is alone. The other outcomes are
 * then written. The faulty one is written in a simpler form, or its job is set apart, or it is
 * tried again from time to time.
 */

/**
 * Writes the outcomes of attempts. Each statement takes all outcomes that arrived during the
 * previous one. So batches grow with the load, and no outcome waits for a timer.
 */
final class Completer {
  private static final Log log = Log.of(Completer.class);

  /** The maximum number of outcomes in one statement. */
  private static final int BATCH_MAX = 5_000;

  /** The maximum number of characters in one statement, unless a single outcome has more. */
  private static final long CHARACTERS_MAX = 8L << 20;

  /** With this many unwritten outcomes, no jobs are claimed until the database has caught up. */
  private static final int BACKLOG_MAX = 20_000;

  /** How many outages in a row are tolerated before fewer outcomes are sent at once. */
  private static final int OUTAGES_MAX = 2;

  private static final Duration LOCKED_RETRY = Duration.ofMillis(50);
  private static final Duration HALVED_RETRY = Duration.ofMillis(5);

  private final String clientId;
  private final JobStore jobs;
  private final ClaimRegister register;
  private final JobReporter reporter;
  private final Runnable onRoom;
  private final Queue<Ending> incoming = new ConcurrentLinkedQueue<>();
  private final AtomicInteger backlog = new AtomicInteger();
  private final Loop loop = new Loop("cairn-complete", this::turn);
  private final Wakeup idle = new Wakeup();
  private volatile boolean idleAwaited;

  /**
   * Outcomes that are about to be sent, or were sent and are not written. Used by the loop only.
   */
  private final List<Ending> batch = new ArrayList<>(BATCH_MAX);

  /**
   * Postponed outcomes that are due, in order. Used by the loop only, as are the following fields.
   */
  private final Deque<Ending> again = new ArrayDeque<>();

  private final LateOutcomes late = new LateOutcomes();
  private final FailureEvidence evidence = new FailureEvidence(System::nanoTime);
  private int batchMax = BATCH_MAX;
  private int outages;

  /**
   * @param onRoom called when outcomes are accepted again after the backlog was full
   */
  Completer(
      String clientId,
      JobStore jobs,
      ClaimRegister register,
      JobReporter reporter,
      Runnable onRoom) {
    this.clientId = clientId;
    this.jobs = jobs;
    this.register = register;
    this.reporter = reporter;
    this.onRoom = onRoom;
  }

  void start() {
    loop.start();
  }

  /**
   * Schedules an outcome to be written; the claim is over after that. If this throws, for lack of
   * memory, the call has had no effect.
   */
  void complete(Ending ending) {
    backlog.incrementAndGet();
    boolean added = false;
    try {
      added = incoming.add(ending);
    } finally {
      if (!added) {
        backlog.decrementAndGet();
      }
    }
    loop.ring();
  }

  JobReporter reporter() {
    return reporter;
  }

  /** Whether outcomes wait to be written. */
  boolean hasUnwritten() {
    return backlog.get() > 0;
  }

  /** How many more outcomes are accepted before the database has to catch up. */
  int room() {
    return Math.max(BACKLOG_MAX - backlog.get(), 0);
  }

  /** Waits until every outcome is written; false if the deadline passes first. */
  boolean awaitIdle(Deadline deadline) {
    idleAwaited = true;
    while (backlog.get() > 0) {
      Duration rest = deadline.rest();
      if (!rest.isPositive()) {
        return false;
      }
      idle.await(rest);
    }
    return true;
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

  private Duration turn() {
    late.dueTo(again);
    gather();
    if (batch.isEmpty()) {
      return late.untilNext();
    }
    List<Ending> sent = batch.subList(0, Math.min(batch.size(), batchMax));
    try {
      write(List.copyOf(sent));
      batchMax = Math.min(batchMax * 2, BATCH_MAX);
      outages = 0;
      return Duration.ZERO;
    } catch (StoreUnavailableException e) {
      outage(sent);
      throw e;
    } catch (Throwable e) {
      if (sent.size() == 1) {
        failedAlone(sent.getFirst(), e);
        return Duration.ZERO;
      }
      batchMax = Math.max(sent.size() / 2, 1);
      log.debug("{} outcomes could not be written; next try with {}", sent.size(), batchMax, e);
      return HALVED_RETRY;
    } finally {
      batch.removeIf(Ending::isElsewhere);
    }
  }

  /**
   * Handles an outage. If the database becomes unreachable each time it receives the same outcomes,
   * one of them may be the cause. So fewer are sent next time. If a single outcome was sent, the
   * others are sent before it.
   */
  private void outage(List<Ending> sent) {
    outages++;
    Ending first = sent.getFirst();
    if (outages <= OUTAGES_MAX && !first.hasFailed()) {
      return;
    }
    batchMax = Math.max(sent.size() / 2, 1);
    if (sent.size() == 1 && !first.isElsewhere()) {
      first.metOutage();
      late.add(first, first.pause());
    }
  }

  /** Collects the outcomes to send. Outcomes that were not written last time come first. */
  private void gather() {
    long characters = 0;
    for (Ending ending : batch) {
      characters += ending.characters();
    }
    while (batch.size() < batchMax) {
      Queue<Ending> from = again.isEmpty() ? incoming : again;
      Ending next = from.peek();
      if (next == null) {
        return;
      }
      characters += next.characters();
      boolean isAlone = characters > CHARACTERS_MAX || next.hasFailed();
      if (isAlone && !batch.isEmpty()) {
        return;
      }
      batch.add(next);
      from.remove();
      if (isAlone) {
        return;
      }
    }
  }

  /**
   * Sends outcomes. Those whose row is locked are sent again a little later. If a worker has
   * completed its job, nothing is sent, and only the result is checked.
   */
  private void write(List<Ending> batch) {
    Collection<Claim> answer =
        sent(batch.stream().filter(ending -> !ending.isCompletedByWorker()).toList());
    if (answer.size() == batch.size()) {
      evidence.written(batch);
      over(batch, batch);
      return;
    }
    Set<Claim> written = Set.copyOf(answer);
    List<Ending> unwritten =
        batch.stream().filter(ending -> !written.contains(ending.claim())).toList();
    var told =
        new ArrayList<>(batch.stream().filter(ending -> written.contains(ending.claim())).toList());
    evidence.written(told);
    List<Ending> locked = lookAfter(unwritten, told);
    Set<Ending> stays = new HashSet<>(locked);
    over(batch.stream().filter(ending -> !stays.contains(ending)).toList(), told);
    locked.forEach(ending -> late.add(ending, LOCKED_RETRY));
  }

  private Collection<Claim> sent(List<Ending> endings) {
    endings.forEach(Ending::sent);
    return endings.isEmpty()
        ? List.of()
        : jobs.finish(clientId, endings.stream().map(Ending::attempt).toList());
  }

  /** Ends the claims, and only then reports the written outcomes. */
  private void over(List<Ending> endings, List<Ending> written) {
    endings.forEach(ending -> {
      ending.over();
      register.over(ending.held());
    });
    int before = backlog.getAndAdd(-endings.size());
    if (before >= BACKLOG_MAX && before - endings.size() < BACKLOG_MAX) {
      onRoom.run();
    }
    if (!written.isEmpty()) {
      ForeignCode.run(
          reporter,
          "when outcomes were reported",
          () -> reporter.written(written.stream().map(Ending::told).toList()));
    }
    if (idleAwaited && before == endings.size()) {
      idle.ring();
    }
  }

  /**
   * Finds out why outcomes were not written. Returns those that have to be sent again, usually
   * because their row is locked. Adds those that were written after all to {@code told}.
   */
  private List<Ending> lookAfter(List<Ending> unwritten, List<Ending> told) {
    List<ClaimStatus> statuses =
        jobs.inspect(
            clientId, unwritten.stream().map(ending -> ending.attempt().fenced()).toList());
    var locked = new ArrayList<Ending>();
    for (int i = 0; i < unwritten.size(); i++) {
      Ending ending = unwritten.get(i);
      switch (statuses.get(i).standing()) {
        case HELD -> {
          if (ending.isCompletedByWorker()) {
            log.warn(
                "Job {}: the transaction in which its worker called completeTx is not committed; "
                    + "the job is retried [CAIRN-520]",
                ending.claim().jobId());
            ending.isNotCompleted();
          }
          ending.foundLocked();
          locked.add(ending);
        }
        case COMPLETED -> {
          if (ending.mayBeCompletedByWorker() || ending.isCompletion() || ending.wasSentBefore()) {
            if (isRecorded(ending)) {
              ending.presumeWritten();
              told.add(ending);
            } else {
              locked.add(ending);
            }
          } else {
            dropped(ending);
          }
        }
        case ENDED -> {
          if (ending.wasSentBefore() && !ending.isCompletion()) {
            // An earlier statement has probably written it, but its answer was lost.
            ending.presumeWritten();
            told.add(ending);
          } else {
            dropped(ending);
          }
        }
        case REWOUND -> rewound(ending);
        case LOST -> dropped(ending);
      }
    }
    return locked;
  }

  private void dropped(Ending ending) {
    if (ending.wasSentBefore()) {
      log.info(
          "Job {}: the answer to its outcome was lost, and the job has changed since then: {}",
          ending.claim().jobId(),
          ending.attempt().outcome());
    } else {
      log.warn(
          "Job {} was taken from client {}; the outcome of its attempt is dropped: "
              + "{} [CAIRN-504]",
          ending.claim().jobId(),
          clientId,
          ending.attempt().outcome());
    }
  }

  /**
   * Hands back a job whose attempt continued from a checkpoint that the database has lost. The next
   * attempt continues from the checkpoints that are left.
   */
  private void rewound(Ending ending) {
    log.warn(
        "Job {} is handed back: the database has lost checkpoints of its attempt, probably "
            + "in a failover or a restore. The job continues from the remaining "
            + "checkpoints [CAIRN-519]",
        ending.claim().jobId());
    register.suspect();
    var handedBack = FinishedAttempt.withoutOutcome(ending.claim());
    if (!jobs.finish(clientId, List.of(handedBack)).isEmpty()) {
      reporter.handedBack(List.of(ending.claim().jobId()));
    }
  }

  /**
   * Finishes the outcome of a job that was completed by a transaction of the worker, or by a
   * statement whose answer was lost. Metadata that was staged after the worker's transaction is
   * still written. Returns false if the job's row is locked, so that the metadata is not written
   * yet.
   */
  private boolean isRecorded(Ending ending) {
    String metadata = ending.attempt().metadata();
    if (metadata == null || ending.attempt().form() == Form.COMPLETION) {
      return true;
    }
    try {
      return jobs.addMetadata(ending.claim(), metadata);
    } catch (RejectedDataException e) {
      log.error(
          "Job {}: the database refuses the metadata of its outcome; the outcome is written "
              + "without metadata [CAIRN-517]",
          ending.claim().jobId(),
          e);
      return true;
    }
  }

  /**
   * Handles an outcome that has failed alone. It is sent again later, or it is written in a simpler
   * form, or its job is set apart.
   */
  private void failedAlone(Ending ending, Throwable failure) {
    ending.failed(evidence);
    ending.givesUpKeyIfTaken(failure);
    if (ending.hasFailedOnce()) {
      log.warn(
          "Job {}: could not write its outcome; will retry soon [CAIRN-525]",
          ending.claim().jobId(),
          failure);
    }
    boolean over = false;
    try {
      over =
          ending.hasFailedOften(failure)
              && (isWrittenWithoutDetails(ending, failure) || isSetApart(ending, failure));
    } catch (StoreUnavailableException e) {
      // This outcome may be the cause, so others are sent before it.
      ending.metOutage();
      throw e;
    } finally {
      if (!over && !ending.isElsewhere()) {
        late.add(ending, ending.pause());
      }
    }
  }

  private boolean isWrittenWithoutDetails(Ending ending, Throwable failure) {
    if (!ending.hasDetails()) {
      return false;
    }
    Ending reduced = ending.reduced(new ForeignFailure(failure).text());
    try {
      write(List.of(reduced));
    } catch (StoreUnavailableException e) {
      throw e;
    } catch (Throwable e) {
      log.debug(
          "Job {}: could not write its outcome without details either", ending.claim().jobId(), e);
      return false;
    }
    // Even if the row was locked: in that case, write() has arranged that the reduced outcome is
    // sent again in place of this one.
    ending.over();
    log.error(
        "Job {}: the database refuses the metadata or checkpoints of its outcome; the "
            + "outcome is written without them [CAIRN-517]",
        ending.claim().jobId(),
        failure);
    return true;
  }

  private boolean isSetApart(Ending ending, Throwable failure) {
    if (!ending.isBlamed(evidence, failure)) {
      return false;
    }
    long id = ending.claim().jobId();
    String why =
        "the outcome of its attempt could not be written: " + new ForeignFailure(failure).text();
    boolean isOurs;
    try {
      isOurs = jobs.setApart(ending.claim(), why);
    } catch (StoreUnavailableException e) {
      throw e;
    } catch (ContendedException | SchemaException e) {
      // This says nothing about the row.
      log.debug("Job {} cannot be set apart now; will retry soon", id, e);
      return false;
    } catch (CairnException e) {
      log.error(
          "Job {} stays in state running although its attempt has ended: the database refuses "
              + "every change of its row. Look for a trigger or a constraint on river_job; "
              + "will retry soon [CAIRN-518]",
          id,
          e);
      return false;
    }
    if (!isOurs) {
      // The outcome was written after all, the job was lost, or its row is locked. The next turn
      // that sends the outcome finds out which.
      return false;
    }
    log.error(
        "Job {} is set apart (discarded): {}. Correct its row and retry the job [CAIRN-516]",
        id,
        why,
        failure);
    reporter.discarded(List.of(id));
    over(List.of(ending), List.of());
    return true;
  }
}
