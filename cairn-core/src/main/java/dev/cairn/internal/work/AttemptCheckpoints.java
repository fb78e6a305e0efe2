package dev.cairn.internal.work;

import dev.cairn.CairnException;
import dev.cairn.event.EventKind;
import dev.cairn.internal.json.MetadataKeys;
import dev.cairn.internal.json.StorableJson;
import dev.cairn.internal.store.CheckpointStore.ClaimWrites;
import dev.cairn.internal.store.CheckpointStore.Committed;
import dev.cairn.internal.store.CheckpointStore.Doubtful;
import dev.cairn.internal.store.CheckpointStore.Written;
import dev.cairn.internal.store.CheckpointStore.WrittenTx;
import dev.cairn.internal.store.CheckpointWrite;
import dev.cairn.internal.store.Claim;
import dev.cairn.internal.store.FencedClaim;
import dev.cairn.internal.store.FencedClaim.Follow;
import dev.cairn.spi.Checkpoint;
import dev.cairn.spi.Checkpoints;
import java.sql.Connection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BiPredicate;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The checkpoints of one attempt that are not known to be durable yet. The worker adds to them. The
 * {@link CheckpointWriter} takes copies and acknowledges them. When the attempt ends, the statement
 * that writes its outcome also writes the remaining checkpoints. Thread-safe.
 *
 * <p>A write stays here until it is acknowledged. If its statement was in progress when the attempt
 * ended, it is sent again. Sequence numbers make that harmless.
 */
final class AttemptCheckpoints implements Checkpoints {
  /** How long to wait for a write in progress before the job starts from zero. */
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final Attempt attempt;
  private final AttemptServices services;
  private final Map<String, CheckpointWrite> pending = new LinkedHashMap<>();
  private final DurableWrites durable = new DurableWrites();
  private final TransactionWrites inTransactions = new TransactionWrites(durable);
  private final LastMove moves;
  private long sentMark;
  private long sequence;
  private boolean used;
  private boolean closed;
  private @Nullable LoadedState loaded;
  private @Nullable CairnException refusal;
  private @Nullable CountDownLatch inFlight;
  private final AttemptProgress progress = new AttemptProgress();

  AttemptCheckpoints(Attempt attempt, AttemptServices services) {
    this.attempt = attempt;
    this.services = services;
    this.moves = new LastMove(attempt, services.shutdownGrace());
  }

  Attempt attempt() {
    return attempt;
  }

  @Override
  public Saved load() {
    attempt.requireActive("load");
    synchronized (this) {
      use();
      if (loaded != null) {
        return loaded.saved();
      }
    }
    Saved saved =
        mayHaveSaved()
            ? attempt.held(attempt.guarded(() -> services.checkpoints().load(claim())))
            : Saved.NOTHING;
    synchronized (this) {
      loaded = new LoadedState(saved);
    }
    return saved;
  }

  /** Called under the lock. */
  private void requireNotRefused() {
    if (refusal != null) {
      throw new CairnException(refusal.getMessage(), refusal);
    }
  }

  /** Called under the lock. */
  private void use() {
    if (!used) {
      used = true;
      attempt.usesSteps();
    }
  }

  /**
   * Whether the job may have saved checkpoints. At its first claim, it has only those that it was
   * inserted with, or that an operator has set since: its metadata has their keys.
   */
  private boolean mayHaveSaved() {
    String metadata = attempt.claimed().metadata();
    return attempt.claimed().claims() > 1
        || metadata.contains("\"" + MetadataKeys.RESUMABLE_PREFIX)
        || metadata.contains("\"" + MetadataKeys.RESUMABLE_DIGEST);
  }

  @Override
  public Optional<Checkpoint> read(String name) {
    attempt.requireActive("read");
    Optional<Committed> committed =
        attempt.held(attempt.guarded(() -> services.checkpoints().read(claim(), name)));
    inTransactions.settle(
        name, committed.filter(it -> it.claimedAt().equals(claim().attemptedAt())));
    return committed.map(Committed::checkpoint);
  }

  /** Notes that a transaction of Cairn on this connection was committed. */
  void committed(Connection connection) {
    inTransactions.committed(connection);
  }

  /** Notes that a transaction of Cairn on this connection has failed, possibly at its commit. */
  void failed(Connection connection) {
    inTransactions.failed(connection);
  }

  /** Whether a transaction in which the worker saved a checkpoint may still be open. */
  boolean mayHoldTransaction() {
    return inTransactions.mayBeOpen();
  }

  /** The claim, and its writes that are known to be durable. */
  FencedClaim fenced() {
    return new FencedClaim(claim(), durable.follows());
  }

  /**
   * Puts an item of a step aside. Must come before the checkpoint that moves past the item:
   * otherwise a crash could leave the item neither processed nor put aside.
   */
  void quarantine(String step, Function<FencedClaim, Optional<String>> put) {
    FencedClaim fenced;
    long mark;
    synchronized (this) {
      fenced = fenced();
      mark = durable.mark();
    }
    Optional<String> item = attempt.guarded(() -> put.apply(fenced));
    if (item.isEmpty()) {
      attempt.loseJob();
    }
    durable.add(Follow.quarantined(step, item.orElseThrow()), mark);
    moves.moved();
  }

  /** Notes that an item was taken out of the quarantine. This attempt may have put it aside. */
  void released(String step, String item) {
    durable.remove(Follow.quarantined(step, item));
    moves.moved();
  }

  @Override
  public void save(Checkpoint checkpoint) {
    attempt.requireActive("save");
    requireStorable(checkpoint);
    if (!add(checkpoint)) {
      // An attempt that was abandoned when its client stopped ends like any interrupted one.
      attempt.yieldIfInterrupted();
      throw new IllegalStateException(
          attempt.describe() + " is over: nothing more can be saved for it [CAIRN-311]");
    }
    moves.moved();
    services.writer().writeSoon(this);
  }

  /**
   * Returns false if no more writes are accepted, because the outcome already carries the others.
   */
  private synchronized boolean add(Checkpoint checkpoint) {
    requireNotRefused();
    if (closed) {
      return false;
    }
    use();
    boolean waits = inTransactions.follow(checkpoint.name());
    pending.put(checkpoint.name(), new CheckpointWrite(checkpoint, ++sequence, waits));
    return true;
  }

  @Override
  public void flush() {
    attempt.requireActive("flush");
    attempt.yieldIfLeaseLost();
    long upTo;
    synchronized (this) {
      // Checked first, because a write that was refused before this call is no longer pending.
      requireNotRefused();
      if (pending.values().stream().allMatch(CheckpointWrite::isMereBeginning)) {
        return;
      }
      upTo = sequence;
    }
    services.writer().writeNow(this, upTo);
  }

  @Override
  public void saveTx(Connection connection, Checkpoint checkpoint) {
    saveTx(connection, checkpoint, false);
  }

  @Override
  public void saveLastTx(Connection connection, Checkpoint checkpoint) {
    saveTx(connection, checkpoint, true);
  }

  private void saveTx(Connection connection, Checkpoint checkpoint, boolean last) {
    attempt.requireActive("saveTx");
    if (last) {
      // An interruption waits until the transaction is committed, so that its work is kept.
      attempt.yieldIfLeaseLost();
      attempt.checkTime();
    } else {
      attempt.yieldIfInterrupted();
    }
    requireStorable(checkpoint);
    CheckpointWrite write;
    long mark;
    synchronized (this) {
      use();
      inTransactions.contend(checkpoint.name());
      pending.computeIfPresent(
          checkpoint.name(),
          (name, it) -> it.isMereBeginning() ? inTransactions.setApart(it) : it.asContended());
      write = new CheckpointWrite(checkpoint, ++sequence, true);
      mark = durable.mark();
    }
    Doubtful before = inTransactions.before(checkpoint.name());
    WrittenTx written =
        attempt.guarded(() ->
            services
                .checkpoints()
                .writeTx(connection, fenced(), write, before, attempt.policy().jobRowForGo()));
    attempt.requireHeld(written.standing(), "a checkpoint");
    inTransactions.written(connection, written.transaction(), write, mark, last);
    moves.moved();
  }

  @Override
  public void replaceAll(List<Checkpoint> state) {
    replaceAll(state, false);
  }

  @Override
  public void takeOver(List<Checkpoint> state) {
    replaceAll(state, true);
  }

  private void replaceAll(List<Checkpoint> state, boolean takesOver) {
    flush();
    if (state.isEmpty()) {
      forgetBeginnings();
    }
    replace(state, (fenced, writes) -> services.checkpoints().replace(fenced, writes, takesOver));
    synchronized (this) {
      loaded().replaced(state);
    }
  }

  @Override
  public void rename(Set<String> gone, List<Checkpoint> renamed) {
    flush();
    replace(renamed, (fenced, writes) -> services.checkpoints().rename(fenced, writes, gone));
    synchronized (this) {
      loaded().renamed(gone, renamed);
    }
  }

  /** Called under the lock. */
  private LoadedState loaded() {
    if (loaded == null) {
      loaded = new LoadedState(Saved.NOTHING);
    }
    return loaded;
  }

  /** Writes checkpoints that replace others. Call it when everything that was saved is durable. */
  private void replace(
      List<Checkpoint> state, BiPredicate<FencedClaim, List<CheckpointWrite>> statement) {
    state.forEach(this::requireStorable);
    List<CheckpointWrite> writes;
    synchronized (this) {
      use();
      writes = state.stream().map(each -> new CheckpointWrite(each, ++sequence, false)).toList();
    }
    FencedClaim fenced = fenced();
    // Until the statement has returned, no write may follow a checkpoint that the statement
    // replaces.
    durable.replaced(List.of());
    if (!attempt.guarded(() -> statement.test(fenced, writes))) {
      attempt.loseJob();
    }
    durable.replaced(writes.stream().map(AttemptCheckpoints::follow).toList());
    moves.moved();
  }

  /**
   * Drops the writes that make a step visible, because the job starts from zero. If one of them was
   * written afterwards, the job would look as if code without a version had begun it.
   */
  private void forgetBeginnings() {
    CountDownLatch write;
    synchronized (this) {
      pending.values().removeIf(each -> each.isMereBeginning() && !each.checkpoint().isNote());
      inTransactions.forgetBeginnings();
      write = inFlight;
    }
    if (write != null) {
      awaitEnd(write, PATIENCE);
    }
  }

  @Override
  public void progressed() {
    progress.made();
  }

  @Override
  public void moved(String name, boolean isElsewhere) {
    progress.moved(name, isElsewhere);
  }

  AttemptProgress progress() {
    return progress;
  }

  @Override
  public void working() {
    moves.working();
  }

  /**
   * When a checkpoint was last saved or progress was last reported, or else when the attempt began,
   * in {@link System#nanoTime()}.
   */
  long lastMoveNanos() {
    return moves.lastNanos();
  }

  private void requireStorable(Checkpoint checkpoint) {
    Supplier<String> what =
        () -> "checkpoint '%s' of %s".formatted(checkpoint.name(), attempt.describe());
    StorableJson.requireText(() -> "the name of " + what.get(), checkpoint.name());
    if (checkpoint.value() != null) {
      StorableJson.require(what, checkpoint.value());
    }
  }

  private Claim claim() {
    return attempt.claimed().claim();
  }

  /**
   * A copy of the writes that are not durable yet. The writer must call {@link #release}
   * afterwards. Returns no writes once the attempt has ended, because the outcome then carries
   * them.
   */
  synchronized ClaimWrites take() {
    if (closed) {
      return new ClaimWrites(fenced(), List.of());
    }
    if (inFlight == null) {
      inFlight = new CountDownLatch(1);
    }
    sentMark = durable.mark();
    return new ClaimWrites(fenced(), List.copyOf(pending.values()));
  }

  /** Notes that the statement with these writes has ended, successfully or not. */
  synchronized void release() {
    if (inFlight != null) {
      inFlight.countDown();
      inFlight = null;
    }
  }

  synchronized boolean isDurable() {
    return pending.isEmpty();
  }

  /**
   * Removes the writes that are durable now, except those that were saved again in the meantime.
   */
  void acknowledge(ClaimWrites sent, Set<Written> written) {
    var told = new ArrayList<Checkpoint>();
    synchronized (this) {
      CheckpointWrite last = null;
      for (CheckpointWrite write : sent.checkpoints()) {
        String name = write.checkpoint().name();
        if (!written.contains(new Written(claim(), name))) {
          continue;
        }
        last = write.isMereBeginning() ? last : write;
        CheckpointWrite current = pending.get(name);
        if (current != null && current.sequence() == write.sequence()) {
          pending.remove(name);
        }
        if (!write.checkpoint().isNote()) {
          // Reported even if it was saved again meanwhile, for example by a loop that is faster
          // than the writer.
          told.add(write.checkpoint());
        }
      }
      if (last != null) {
        durable.add(follow(last), sentMark);
      }
    }
    if (!told.isEmpty() && services.events().isHeard(EventKind.CHECKPOINT_SAVED)) {
      services.dispatcher().dispatch(() -> told.forEach(this::tell));
    }
  }

  private static Follow follow(CheckpointWrite write) {
    return Follow.checkpoint(write.checkpoint().name(), write.sequence());
  }

  private void tell(Checkpoint saved) {
    services.events().publish(JobReporter.saved(attempt.origin(), saved));
  }

  /** Whether all writes up to a sequence number are durable. */
  synchronized boolean isDurable(long upTo) {
    return pending.values().stream()
        .allMatch(write -> write.sequence() > upTo || write.isMereBeginning());
  }

  /**
   * Drops the writes that can never be written, because the job no longer belongs to this attempt.
   */
  synchronized void discard() {
    pending.clear();
    inTransactions.forgetBeginnings();
  }

  /**
   * Drops a write that the database refuses, so that other writes can succeed. The next save fails.
   */
  synchronized void refuse(CairnException reason) {
    refusal = reason;
    discard();
  }

  /**
   * Accepts no further writes, and returns those that the outcome has to carry. Waits for a write
   * in progress, because the outcome's statement cannot delete rows that it does not see yet.
   *
   * @param patience the longest time to wait, because the database may hang
   */
  List<CheckpointWrite> close(Duration patience) {
    CountDownLatch write;
    synchronized (this) {
      closed = true;
      write = inFlight;
    }
    if (write != null) {
      awaitEnd(write, patience);
    }
    synchronized (this) {
      if (!used) {
        return List.of();
      }
      inTransactions.beginnings().forEach(it -> pending.putIfAbsent(it.checkpoint().name(), it));
      return List.copyOf(pending.values());
    }
  }

  private static void awaitEnd(CountDownLatch write, Duration patience) {
    try {
      boolean ignored = write.await(patience.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Whether the attempt has used checkpoints. */
  synchronized boolean isUsed() {
    return used;
  }
}
