package dev.cairn.internal.work;

import dev.cairn.CairnException;
import dev.cairn.InterruptionReason;
import dev.cairn.StoreUnavailableException;
import dev.cairn.internal.concurrent.Loop;
import dev.cairn.internal.store.CheckpointStore;
import dev.cairn.internal.store.CheckpointStore.Written;
import dev.cairn.internal.store.CheckpointWrite;
import dev.cairn.internal.store.ClaimStatus;
import dev.cairn.internal.store.JobStore;
import dev.cairn.internal.store.RejectedDataException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Writes the checkpoints of all attempts of a client in groups (R26): buffered ones once per flush
 * interval, those that somebody waits for as soon as the previous write has returned. One loop owns
 * all writing.
 */
final class CheckpointWriter {
  /** The most rows in one statement. */
  private static final int BATCH_MAX = 5_000;

  private static final Duration RETRY = Duration.ofMillis(20);

  /** How long a write that somebody waits for may find its row locked. */
  private static final Duration LOCKED_MAX = Duration.ofSeconds(10);

  private final String clientId;
  private final CheckpointStore store;
  private final JobStore jobs;
  private final long flushIntervalNanos;
  private final Loop loop = new Loop("cairn-checkpoint", this::turn);

  private final Object lock = new Object();
  private Set<AttemptCheckpoints> dirty = new LinkedHashSet<>();
  private final List<FlushRequest> requests = new ArrayList<>();
  private long flushDueNanos;

  CheckpointWriter(String clientId, CheckpointStore store, JobStore jobs, Duration flushInterval) {
    this.clientId = clientId;
    this.store = store;
    this.jobs = jobs;
    this.flushIntervalNanos = flushInterval.toNanos();
  }

  void start() {
    loop.start();
  }

  /** Ends the loop; what is still pending has gone, or will go, with the outcomes. */
  boolean stop(Duration timeout) {
    loop.stop();
    boolean ended = loop.join(timeout);
    synchronized (lock) {
      requests.forEach(request -> request.fail(new CairnException("the client has stopped")));
      requests.clear();
    }
    return ended;
  }

  /** Has the attempt's checkpoints written within the flush interval. */
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
        throw new CairnException("the client has stopped");
      }
      requests.add(request);
    }
    loop.ring();
    request.await();
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
    if (!sources.isEmpty()) {
      write(sources);
    }
    return settle(waiting) ? nextFlush() : RETRY;
  }

  private Duration nextFlush() {
    synchronized (lock) {
      if (!requests.isEmpty()) {
        return Duration.ZERO;
      }
      if (dirty.isEmpty()) {
        return Loop.UNTIL_RUNG;
      }
      return Duration.ofNanos(Math.max(flushDueNanos - System.nanoTime(), 0));
    }
  }

  private void write(Set<AttemptCheckpoints> sources) {
    var unwritten = new ArrayList<AttemptCheckpoints>();
    try {
      for (Map<AttemptCheckpoints, List<CheckpointWrite>> batch : batches(sources)) {
        writeBatch(batch, unwritten);
      }
    } catch (StoreUnavailableException e) {
      sources.forEach(this::writeSoon);
      throw e;
    } finally {
      sources.forEach(AttemptCheckpoints::release);
    }
    lookAfter(unwritten);
  }

  private void writeBatch(
      Map<AttemptCheckpoints, List<CheckpointWrite>> batch, List<AttemptCheckpoints> unwritten) {
    try {
      Set<Written> written =
          store.write(clientId, batch.values().stream().flatMap(List::stream).toList());
      batch.forEach((source, sent) -> source.acknowledge(sent, written));
      batch.keySet().stream().filter(source -> !source.isDurable()).forEach(unwritten::add);
    } catch (RejectedDataException e) {
      if (batch.size() == 1) {
        refuse(batch.keySet().iterator().next(), e);
      } else {
        batch.forEach((source, sent) -> writeBatch(Map.of(source, sent), unwritten));
      }
    }
  }

  private void refuse(AttemptCheckpoints source, RejectedDataException reason) {
    source.refuse(reason);
    synchronized (lock) {
      for (FlushRequest request : requests) {
        if (request.checkpoints() == source) {
          request.fail(reason);
        }
      }
    }
  }

  /** Whole attempts, together not much more than {@link #BATCH_MAX} writes. */
  private static List<Map<AttemptCheckpoints, List<CheckpointWrite>>> batches(
      Set<AttemptCheckpoints> sources) {
    var batches = new ArrayList<Map<AttemptCheckpoints, List<CheckpointWrite>>>();
    Map<AttemptCheckpoints, List<CheckpointWrite>> batch = new HashMap<>();
    int size = 0;
    for (AttemptCheckpoints source : sources) {
      List<CheckpointWrite> writes = source.take();
      if (writes.isEmpty()) {
        continue;
      }
      batch.put(source, writes);
      size += writes.size();
      if (size >= BATCH_MAX) {
        batches.add(batch);
        batch = new HashMap<>();
        size = 0;
      }
    }
    if (!batch.isEmpty()) {
      batches.add(batch);
    }
    return batches;
  }

  /** Finds out why something was not written: the job is gone, or a row was locked for now. */
  private void lookAfter(List<AttemptCheckpoints> unwritten) {
    List<AttemptCheckpoints> running =
        unwritten.stream().filter(source -> !source.attempt().hasEnded()).toList();
    if (running.isEmpty()) {
      return;
    }
    Map<Long, ClaimStatus> statuses = new HashMap<>();
    jobs.inspect(
            clientId, running.stream().map(source -> source.attempt().claimed().claim()).toList())
        .forEach(status -> statuses.put(status.jobId(), status));
    for (AttemptCheckpoints source : running) {
      ClaimStatus status = statuses.get(source.attempt().claimed().claim().jobId());
      switch (status == null ? ClaimStatus.Standing.LOST : status.standing()) {
        case HELD -> writeSoon(source);
        case COMPLETED -> source.discard();
        case LOST -> {
          source.attempt().interrupt(InterruptionReason.LEASE_LOST);
          source.discard();
        }
      }
    }
  }

  /** Answers the requests that can be answered; false if some have to be tried again. */
  private boolean settle(List<FlushRequest> waiting) {
    boolean allSettled = true;
    for (FlushRequest request : waiting) {
      if (request.isAnswered() || request.checkpoints().isDurable(request.upTo())) {
        request.succeed();
      } else if (request.age().compareTo(LOCKED_MAX) > 0) {
        request.fail(
            new CairnException(
                ("Could not write the checkpoints of %s for %s: a row is locked, probably by a "
                        + "transaction in which the worker saved a checkpoint and which is open")
                    .formatted(request.checkpoints().attempt().describe(), LOCKED_MAX)));
      } else {
        allSettled = false;
        continue;
      }
      synchronized (lock) {
        requests.remove(request);
      }
    }
    return allSettled;
  }
}
