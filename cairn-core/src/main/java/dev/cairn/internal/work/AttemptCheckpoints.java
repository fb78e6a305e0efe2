package dev.cairn.internal.work;

import dev.cairn.CairnException;
import dev.cairn.internal.store.CheckpointStore.Written;
import dev.cairn.internal.store.CheckpointWrite;
import dev.cairn.internal.store.Claim;
import dev.cairn.internal.store.StorableJson;
import dev.cairn.spi.Checkpoint;
import dev.cairn.spi.Checkpoints;
import java.sql.Connection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The checkpoints of one attempt that are not known to be durable yet. The worker adds to them, the
 * {@link CheckpointWriter} takes copies and acknowledges them, and the end of the attempt takes
 * whatever is left into the statement of its outcome. Thread-safe.
 *
 * <p>A write stays here until it is acknowledged, so that one whose statement was in flight when
 * the attempt ended is simply sent again: sequence numbers make that harmless.
 */
final class AttemptCheckpoints implements Checkpoints {
  private final Attempt attempt;
  private final AttemptServices services;
  private final Map<String, CheckpointWrite> pending = new LinkedHashMap<>();

  /** Names that a transaction of the worker has written, and may hold still. */
  private final Set<String> contended = new HashSet<>();

  private long sequence;
  private boolean used;
  private boolean closed;
  private @Nullable Saved loaded;
  private @Nullable CairnException refusal;

  AttemptCheckpoints(Attempt attempt, AttemptServices services) {
    this.attempt = attempt;
    this.services = services;
  }

  Attempt attempt() {
    return attempt;
  }

  @Override
  public Saved load() {
    attempt.requireActive("load");
    synchronized (this) {
      used = true;
      if (loaded != null) {
        return loaded;
      }
    }
    Saved saved =
        mayHaveSaved()
            ? attempt.guarded(() -> services.checkpoints().load(claim().jobId()))
            : Saved.NOTHING;
    synchronized (this) {
      loaded = saved;
    }
    return saved;
  }

  /** The first claim of a job's life finds nothing but what it was inserted with. */
  private boolean mayHaveSaved() {
    return attempt.claimed().claims() > 1
        || attempt.claimed().metadata().contains("\"river:resumable_");
  }

  @Override
  public Optional<Checkpoint> read(String name) {
    attempt.requireActive("read");
    return attempt.guarded(() -> services.checkpoints().read(claim().jobId(), name));
  }

  @Override
  public void save(Checkpoint checkpoint) {
    attempt.requireActive("save");
    requireStorable(checkpoint);
    synchronized (this) {
      if (refusal != null) {
        throw new CairnException(refusal.getMessage(), refusal);
      }
      if (closed) {
        throw new IllegalStateException(
            attempt.describe() + " is over: nothing more can be saved for it");
      }
      used = true;
      boolean waits = contended.contains(checkpoint.name());
      pending.put(checkpoint.name(), new CheckpointWrite(claim(), checkpoint, ++sequence, waits));
    }
    services.writer().writeSoon(this);
  }

  @Override
  public void flush() {
    attempt.requireActive("flush");
    if (attempt.hasLostJob()) {
      attempt.yieldIfInterrupted();
    }
    long upTo;
    synchronized (this) {
      if (pending.isEmpty()) {
        return;
      }
      upTo = sequence;
    }
    services.writer().writeNow(this, upTo);
  }

  @Override
  public void saveTx(Connection connection, Checkpoint checkpoint) {
    attempt.requireActive("saveTx");
    attempt.yieldIfInterrupted();
    requireStorable(checkpoint);
    CheckpointWrite write;
    synchronized (this) {
      used = true;
      contended.add(checkpoint.name());
      pending.computeIfPresent(checkpoint.name(), (name, earlier) -> contended(earlier));
      write = new CheckpointWrite(claim(), checkpoint, ++sequence, true);
    }
    if (!attempt.guarded(() -> services.checkpoints().writeTx(connection, write))) {
      attempt.loseJob();
    }
  }

  private static CheckpointWrite contended(CheckpointWrite write) {
    return new CheckpointWrite(write.claim(), write.checkpoint(), write.sequence(), true);
  }

  private void requireStorable(Checkpoint checkpoint) {
    String what = "checkpoint '%s' of %s".formatted(checkpoint.name(), attempt.describe());
    StorableJson.requireText("the name of " + what, checkpoint.name());
    if (checkpoint.value() != null) {
      StorableJson.require(what, checkpoint.value());
    }
  }

  private Claim claim() {
    return attempt.claimed().claim();
  }

  /** A copy of what is not durable yet. */
  synchronized List<CheckpointWrite> pending() {
    return List.copyOf(pending.values());
  }

  /** Forgets what was sent and is durable now, unless it was saved again in the meantime. */
  synchronized void acknowledge(List<CheckpointWrite> sent, Set<Written> written) {
    for (CheckpointWrite write : sent) {
      String name = write.checkpoint().name();
      CheckpointWrite current = pending.get(name);
      if (current != null
          && current.sequence() == write.sequence()
          && written.contains(new Written(write.claim().jobId(), name))) {
        pending.remove(name);
      }
    }
  }

  /** Whether all writes up to a sequence number are durable. */
  synchronized boolean isDurable(long upTo) {
    return pending.values().stream().allMatch(write -> write.sequence() > upTo);
  }

  /** Forgets what can never be written, because the job is not this attempt's any more. */
  synchronized void discard() {
    pending.clear();
  }

  /** Drops what the database refuses, so that it spoils no other write; the next save fails. */
  synchronized void refuse(CairnException reason) {
    refusal = reason;
    pending.clear();
  }

  /** Takes no more; returns what the outcome has to carry. */
  synchronized List<CheckpointWrite> close() {
    closed = true;
    return List.copyOf(pending.values());
  }

  /** Whether the attempt has used checkpoints at all. */
  synchronized boolean isUsed() {
    return used;
  }
}
