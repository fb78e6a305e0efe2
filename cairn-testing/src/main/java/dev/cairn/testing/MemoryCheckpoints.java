package dev.cairn.testing;

import dev.cairn.spi.Checkpoint;
import dev.cairn.spi.Checkpoints;
import dev.cairn.testing.Boundary.Kind;
import java.sql.Connection;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The checkpoints of one attempt that is worked without a database. Thread-safe. */
final class MemoryCheckpoints implements Checkpoints {
  private final AttemptContext context;
  private final RunWatch watch;
  private final @Nullable CommitMarks marks;
  private final Saved saved;
  private final Map<String, Checkpoint> current = new LinkedHashMap<>();

  /** What a killed process would leave. */
  private final Map<String, Checkpoint> durable = new LinkedHashMap<>();

  /** Of the transaction that the context has open; they become true with its commit. */
  private final List<Checkpoint> uncommitted = new ArrayList<>();

  /** Of transactions of the worker's own, of which only a mark tells whether they are committed. */
  private final Map<Long, Checkpoint> marked = new LinkedHashMap<>();

  /** What the client that has taken the job over finds; null as long as it is this attempt's. */
  private @Nullable List<Checkpoint> takenOver;

  MemoryCheckpoints(
      AttemptContext context, RunWatch watch, @Nullable CommitMarks marks, Saved saved) {
    this.context = context;
    this.watch = watch;
    this.marks = marks;
    this.saved = saved;
    saved.checkpoints().forEach(this::putBoth);
  }

  private void putBoth(Checkpoint checkpoint) {
    current.put(checkpoint.name(), checkpoint);
    durable.put(checkpoint.name(), checkpoint);
  }

  @Override
  public Saved load() {
    watch.requireAlive();
    return saved;
  }

  @Override
  public synchronized Optional<Checkpoint> read(String name) {
    watch.requireAlive();
    settleMarked();
    return Optional.ofNullable(current.get(name));
  }

  @Override
  public void save(Checkpoint checkpoint) {
    watch.requireAlive();
    synchronized (this) {
      context.passes(checkpoint);
      current.put(checkpoint.name(), checkpoint);
      context.passed(checkpoint);
    }
    watch.reached(Kind.SAVED, checkpoint, context);
  }

  @Override
  public void flush() {
    requireHeld();
    boolean changed;
    synchronized (this) {
      changed = !durable.equals(current);
      durable.clear();
      durable.putAll(current);
    }
    if (changed && !watch.isEnding()) {
      watch.reached(Kind.FLUSHED, null, context);
    }
  }

  /** From here on the attempt is stale: what it saves is not written, and a flush tells it so. */
  synchronized void lose() {
    takenOver = List.copyOf(durable.values());
  }

  /** Whether another client has taken the job over. */
  synchronized boolean isLost() {
    return takenOver != null;
  }

  /**
   * Where the database is asked, a stale attempt is told.
   *
   * @throws dev.cairn.JobInterruption if the job is somebody else's
   */
  void requireHeld() {
    if (isLost()) {
      context.endAsStale();
    }
  }

  @Override
  public synchronized void replaceAll(List<Checkpoint> state) {
    watch.requireAlive();
    requireHeld();
    current.clear();
    durable.clear();
    state.forEach(this::putBoth);
  }

  @Override
  public void takeOver(List<Checkpoint> state) {
    replaceAll(state);
  }

  @Override
  public void progressed() {
    // No attempt is counted here.
  }

  @Override
  public void saveTx(Connection connection, Checkpoint checkpoint) {
    watch.requireAlive();
    context.requireDatabase("saving a checkpoint in a transaction");
    context.yieldIfInterrupted();
    requireHeld();
    context.passes(checkpoint);
    synchronized (this) {
      if (context.isInTransaction()) {
        uncommitted.add(checkpoint);
        return;
      }
      if (marks != null) {
        marked.put(marks.mark(connection), checkpoint);
      } else {
        putBoth(checkpoint);
        context.passed(checkpoint);
      }
    }
    if (marks != null) {
      watch.reached(Kind.BEFORE_COMMIT, checkpoint, context);
    }
  }

  private void settleMarked() {
    CommitMarks known = marks;
    if (known != null) {
      marked.forEach((mark, checkpoint) -> {
        if (known.isCommitted(mark)) {
          putBoth(checkpoint);
        }
      });
      marked.clear();
    }
  }

  /** What the transaction that is about to be committed saves; null if it saves nothing. */
  synchronized @Nullable Checkpoint uncommitted() {
    return uncommitted.isEmpty() ? null : uncommitted.getLast();
  }

  synchronized void committed() {
    for (Checkpoint checkpoint : uncommitted) {
      putBoth(checkpoint);
      context.passed(checkpoint);
    }
    uncommitted.clear();
  }

  synchronized void rolledBack() {
    uncommitted.clear();
  }

  synchronized List<Checkpoint> all() {
    settleMarked();
    return List.copyOf(current.values());
  }

  /** What is left of them when the process is killed, or was when the job was taken over. */
  synchronized List<Checkpoint> survivors() {
    if (takenOver != null) {
      return takenOver;
    }
    settleMarked();
    return List.copyOf(durable.values());
  }
}
