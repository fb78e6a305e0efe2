package dev.cairn.internal.work;

import dev.cairn.CairnException;
import dev.cairn.InterruptionReason;
import dev.cairn.StoreUnavailableException;
import dev.cairn.internal.concurrent.Loop;
import dev.cairn.internal.concurrent.Nanos;
import dev.cairn.internal.foreign.Log;
import dev.cairn.internal.store.CheckpointStore;
import dev.cairn.internal.store.CheckpointStore.ClaimWrites;
import dev.cairn.internal.store.CheckpointStore.Written;
import dev.cairn.internal.store.ClaimStatus;
import dev.cairn.internal.store.JobStore;
import dev.cairn.internal.store.RejectedDataException;
import dev.cairn.internal.text.DurationText;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Writes the checkpoints of all attempts of a client in groups (R26). Buffered checkpoints are
 * written once per flush interval. Checkpoints that a worker waits for are written as soon as the
 * previous statement has returned. One loop does all writing.
 */
final class CheckpointWriter {
  private static final Log log = Log.of(CheckpointWriter.class);

  /** The maximum number of rows in one statement. */
  private static final int BATCH_MAX = 5_000;

  /**
   * How many statements may fail in one turn. That is enough to find one faulty attempt in the
   * largest batch by halving it, with a few to spare.
   */
  private static final int FAILURES_MAX = 40;

  private static final Duration RETRY = Duration.ofMillis(20);

  /** How long a row may stay locked while a worker waits for its write. */
  private static final Duration LOCKED_MAX = Duration.ofSeconds(10);

  private final String clientId;
  private final CheckpointStore store;
  private final JobStore jobs;
  private final long flushIntervalNanos;
  private final Duration lockedMax;
  private final Loop loop = new Loop("cairn-checkpoint", this::turn);

  private final Object lock = new Object();
  private Set<AttemptCheckpoints> dirty = new LinkedHashSet<>();
  private final List<FlushRequest> requests = new ArrayList<>();
  private long flushDueNanos;

  private final FailedWrites failed = new FailedWrites();

  /** The number of statements that failed in this turn. Used by the loop only. */
  private int failures;

  CheckpointWriter(String clientId, CheckpointStore store, JobStore jobs, Duration flushInterval) {
    this(clientId, store, jobs, flushInterval, LOCKED_MAX);
  }

  CheckpointWriter(
      String clientId,
      CheckpointStore store,
      JobStore jobs,
      Duration flushInterval,
      Duration lockedMax) {
    this.lockedMax = lockedMax;
    this.clientId = clientId;
    this.store = store;
    this.jobs = jobs;
    this.flushIntervalNanos = Nanos.of(flushInterval);
  }

  void start() {
    loop.start();
  }

  /** Ends the loop. Pending checkpoints are written with the outcomes. */
  void stop() {
    loop.stop();
    synchronized (lock) {
      requests.forEach(
          request -> request.fail(new CairnException("the client has stopped [CAIRN-114]")));
      requests.clear();
    }
  }

  boolean join(Duration timeout) {
    return loop.join(timeout);
  }

  Optional<Thread> thread() {
    return loop.thread();
  }

  /** Schedules the attempt's checkpoints to be written within the flush interval. */
  void writeSoon(AttemptCheckpoints checkpoints) {
    boolean first;
    synchronized (lock) {
      first = dirty.isEmpty();
      if (first) {
        flushDueNanos = System.nanoTime() + flushIntervalNanos;
      }
      dirty.add(checkpoints);
    }
    if (first) {
      loop.ring();
    }
  }

  /** Returns when the attempt's writes up to a sequence number are durable. */
  void writeNow(AttemptCheckpoints checkpoints, long upTo) {
    var request = new FlushRequest(checkpoints, upTo);
    synchronized (lock) {
      if (loop.isStopping()) {
        throw new CairnException("the client has stopped [CAIRN-114]");
      }
      requests.add(request);
    }
    loop.ring();
    try {
      request.await();
    } finally {
      // Needed for an interrupted caller, who no longer waits: the writes of a closed attempt are
      // not taken any more, so its request might never be answered.
      synchronized (lock) {
        requests.remove(request);
      }
    }
  }

  /** Whether nothing is left to be written or to be answered. */
  boolean isIdle() {
    synchronized (lock) {
      return requests.isEmpty() && dirty.isEmpty() && failed.isEmpty();
    }
  }

  private Duration turn() {
    List<FlushRequest> waiting;
    Set<AttemptCheckpoints> sources = new LinkedHashSet<>();
    synchronized (lock) {
      waiting = List.copyOf(requests);
      waiting.forEach(request -> sources.add(request.checkpoints()));
      if (!dirty.isEmpty() && System.nanoTime() - flushDueNanos >= 0) {
        sources.addAll(dirty);
        dirty = new LinkedHashSet<>();
      }
    }
    // An attempt that failed is tried again only when its pause is over, whether or not a worker
    // waits for it.
    sources.removeIf(failed::knows);
    sources.addAll(failed.due());
    // Those that have failed alone come last, when the others have their answers: their statements
    // may take long, and could use up the failures of each turn, so that healthy attempts from a
    // batch that failed would never be tried.
    Set<AttemptCheckpoints> suspects = failed.dueSuspects();
    Predicate<FlushRequest> isOfSuspect = request -> suspects.contains(request.checkpoints());
    failures = 0;
    boolean mustRetry;
    try {
      mustRetry = writeAndSettle(sources, waiting.stream().filter(isOfSuspect.negate()).toList());
      mustRetry |= writeAndSettle(suspects, waiting.stream().filter(isOfSuspect).toList());
    } finally {
      failed.endTurn();
    }
    return failed.untilNext(mustRetry ? RETRY : nextFlush());
  }

  private boolean writeAndSettle(Set<AttemptCheckpoints> sources, List<FlushRequest> waiting) {
    return settle(waiting, write(sources, waiting));
  }

  /**
   * Writes the checkpoints of attempts. Returns the attempts whose row is locked. If the database
   * does not answer, that is unknown, so the time for which the rows have been locked starts from
   * zero.
   */
  private Set<AttemptCheckpoints> write(
      Set<AttemptCheckpoints> sources, List<FlushRequest> waiting) {
    boolean answered = false;
    try {
      Set<AttemptCheckpoints> locked = sources.isEmpty() ? Set.of() : write(sources);
      answered = true;
      return locked;
    } finally {
      if (!answered) {
        waiting.forEach(FlushRequest::notLocked);
      }
    }
  }

  private Duration nextFlush() {
    synchronized (lock) {
      if (!requests.stream().allMatch(request -> failed.rests(request.checkpoints()))) {
        return Duration.ZERO;
      }
      if (dirty.isEmpty()) {
        return Loop.UNTIL_RUNG;
      }
      return Duration.ofNanos(Math.max(flushDueNanos - System.nanoTime(), 0));
    }
  }

  /**
   * Writes the checkpoints. If that fails, schedules every attempt again whose writes are not known
   * to be durable.
   */
  private Set<AttemptCheckpoints> write(Set<AttemptCheckpoints> sources) {
    boolean done = false;
    try {
      Set<AttemptCheckpoints> locked = lookAfter(writeAll(sources));
      done = true;
      return locked;
    } finally {
      if (!done) {
        sources.stream()
            .filter(source -> !source.isDurable() && !failed.rests(source))
            .forEach(this::writeSoon);
      }
    }
  }

  /** Writes the checkpoints. Returns the attempts with a skipped write. */
  private List<AttemptCheckpoints> writeAll(Set<AttemptCheckpoints> sources) {
    var unwritten = new ArrayList<AttemptCheckpoints>();
    try {
      batches(sources).forEach(batch -> writeBatch(batch, unwritten));
      return unwritten;
    } finally {
      sources.forEach(AttemptCheckpoints::release);
    }
  }

  private void writeBatch(
      Map<AttemptCheckpoints, ClaimWrites> batch, List<AttemptCheckpoints> unwritten) {
    try {
      Set<Written> written = store.write(clientId, List.copyOf(batch.values()));
      batch.forEach((source, sent) -> {
        source.acknowledge(sent, written);
        failed.forget(source);
      });
      batch.keySet().stream().filter(source -> !source.isDurable()).forEach(unwritten::add);
    } catch (StoreUnavailableException e) {
      throw e;
    } catch (Throwable e) {
      if (++failures > FAILURES_MAX) {
        // No single attempt is the cause, so all are tried again later.
        batch.keySet().forEach(failed::postpone);
      } else if (batch.size() > 1) {
        halves(batch).forEach(half -> writeBatch(half, unwritten));
      } else {
        failedAlone(batch.keySet().iterator().next(), e);
      }
    }
  }

  private static List<Map<AttemptCheckpoints, ClaimWrites>> halves(
      Map<AttemptCheckpoints, ClaimWrites> batch) {
    Map<AttemptCheckpoints, ClaimWrites> first = new LinkedHashMap<>();
    Map<AttemptCheckpoints, ClaimWrites> second = new LinkedHashMap<>();
    batch.forEach(
        (source, writes) -> (first.size() < batch.size() / 2 ? first : second).put(source, writes));
    return List.of(first, second);
  }

  /** Gives up only writes whose values the database refuses. Any other failure may pass. */
  private void failedAlone(AttemptCheckpoints source, Throwable reason) {
    if (reason instanceof RejectedDataException refusal) {
      refuse(source, refusal);
    } else {
      failed.failed(source, reason);
    }
  }

  private void refuse(AttemptCheckpoints source, CairnException reason) {
    failed.forget(source);
    source.refuse(reason);
    synchronized (lock) {
      for (FlushRequest request : requests) {
        if (request.checkpoints() == source) {
          request.fail(reason);
        }
      }
    }
  }

  /**
   * Divides the attempts into groups, in their order. Each group has whole attempts and about
   * {@link #BATCH_MAX} writes at most.
   */
  private List<Map<AttemptCheckpoints, ClaimWrites>> batches(Set<AttemptCheckpoints> sources) {
    var batches = new ArrayList<Map<AttemptCheckpoints, ClaimWrites>>();
    Map<AttemptCheckpoints, ClaimWrites> batch = new LinkedHashMap<>();
    int size = 0;
    for (AttemptCheckpoints source : sources) {
      ClaimWrites writes = source.take();
      if (writes.checkpoints().isEmpty()) {
        failed.forget(source);
        continue;
      }
      batch.put(source, writes);
      size += writes.checkpoints().size();
      if (size >= BATCH_MAX) {
        batches.add(batch);
        batch = new LinkedHashMap<>();
        size = 0;
      }
    }
    if (!batch.isEmpty()) {
      batches.add(batch);
    }
    return batches;
  }

  /**
   * Finds out why a write was skipped: the job is lost, or a row is locked. Returns the attempts
   * with a locked row.
   */
  private Set<AttemptCheckpoints> lookAfter(List<AttemptCheckpoints> unwritten) {
    List<AttemptCheckpoints> running =
        unwritten.stream().filter(source -> !source.attempt().hasEnded()).toList();
    if (running.isEmpty()) {
      return Set.of();
    }
    List<ClaimStatus> statuses;
    try {
      statuses = jobs.inspect(clientId, running.stream().map(AttemptCheckpoints::fenced).toList());
    } catch (Throwable e) {
      running.forEach(this::writeSoon);
      throw e;
    }
    var locked = new HashSet<AttemptCheckpoints>();
    for (int i = 0; i < running.size(); i++) {
      AttemptCheckpoints source = running.get(i);
      switch (statuses.get(i).standing()) {
        case HELD -> {
          writeSoon(source);
          locked.add(source);
        }
        case COMPLETED -> source.discard();
        case REWOUND -> {
          // The job still belongs to this client: the outcome hands it back, without writes of this
          // attempt.
          source.attempt().interrupt(InterruptionReason.LEASE_LOST);
          source.discard();
        }
        case ENDED, LOST -> {
          source.attempt().lose();
          source.discard();
        }
      }
    }
    return locked;
  }

  /**
   * Answers the requests whose writes are durable. Returns whether there are others to try again
   * soon, not counting those whose pause is not over.
   */
  private boolean settle(List<FlushRequest> waiting, Set<AttemptCheckpoints> locked) {
    boolean mustRetry = false;
    for (FlushRequest request : waiting) {
      if (request.isAnswered() || request.checkpoints().isDurable(request.upTo())) {
        request.succeed();
      } else if (!isOver(request, locked.contains(request.checkpoints()))) {
        mustRetry |= !failed.rests(request.checkpoints());
        continue;
      }
      synchronized (lock) {
        requests.remove(request);
      }
    }
    return mustRetry;
  }

  /**
   * Whether to stop waiting for a locked row. If a transaction of the attempt itself may hold the
   * lock, the attempt would wait for itself, so its request fails. Other attempts wait up to their
   * own limits, because they cannot influence who holds the lock.
   */
  private boolean isOver(FlushRequest request, boolean isLocked) {
    if (!isLocked) {
      request.notLocked();
      return false;
    }
    Duration lockedFor = request.lockedFor(System.nanoTime());
    if (lockedFor.compareTo(lockedMax) <= 0) {
      return false;
    }
    Attempt attempt = request.checkpoints().attempt();
    boolean mayBeItsOwn =
        attempt.isCompletedByWorker() || request.checkpoints().mayHoldTransaction();
    String row = "the row of its job is locked";
    if (mayBeItsOwn) {
      request.fail(
          new CairnException(
              ("Could not write the checkpoints of %s for %s: %s, probably by a transaction in which"
                      + " the worker saved a checkpoint and that is still open [CAIRN-524]")
                  .formatted(attempt.describe(), DurationText.of(lockedFor), row)));
      return true;
    }
    if (request.isFirstReport()) {
      log.warn(
          "The checkpoints of {} could not be written for {}: {} by a transaction that is not "
              + "the worker's. The attempt waits until that transaction ends [CAIRN-524]",
          attempt.describe(),
          DurationText.of(lockedFor),
          row);
    }
    return false;
  }
}
