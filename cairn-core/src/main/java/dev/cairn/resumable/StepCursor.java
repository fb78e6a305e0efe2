package dev.cairn.resumable;

import dev.cairn.spi.Checkpoint;
import dev.cairn.spi.Checkpoints;
import dev.cairn.spi.MiddlewareContext;
import java.lang.reflect.Type;
import java.sql.Connection;
import java.time.temporal.Temporal;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * The cursor of one step in one attempt. {@code position} holds only what is known: a position that
 * was moved in the worker's own transaction is unknown until it has been read back (R3).
 */
final class StepCursor<C> implements Cursor<C> {
  private final MiddlewareContext context;
  private final StepScope scope;
  private final StepLedger ledger;
  private final Checkpoints checkpoints;
  private final StepValues values;
  private final StepEntry entry;
  private final Type type;
  private final C initial;

  /**
   * Where this call of the step began, as JSON, because the code may change the object. Null if
   * that is no position, or one that cannot be encoded.
   */
  private final @Nullable String start;

  private C position;
  private boolean uncertain;

  /**
   * The position to which the worker's last transaction moves the cursor; null if there is none, or
   * if the database has been asked since.
   */
  private @Nullable Awaited<C> awaited;

  /**
   * The position before that of {@link #awaited}, of a transaction that most likely was committed.
   */
  private @Nullable String beforeLast;

  /** Whether it was reported that the cursor is not at its start. */
  private boolean isElsewhere;

  private boolean alwaysForward;

  /** Whether this attempt has moved it, other than in a transaction. */
  private boolean hasMoved;

  /** Whether the row exists in the database and holds {@code position}. */
  private boolean rowIsCurrent;

  StepCursor(
      MiddlewareContext context,
      StepScope scope,
      StepLedger ledger,
      StepValues values,
      StepEntry entry,
      Type type,
      C initial) {
    this.context = context;
    this.scope = scope;
    this.ledger = ledger;
    this.checkpoints = context.checkpoints();
    this.values = values;
    this.entry = entry;
    this.type = type;
    this.initial = initial;
    values.requireType(entry, "cursor", type);
    this.position = decoded(entry.saved());
    this.start = encoded(position);
    this.uncertain = ledger.isUnknown(entry.path());
    entry.meter().followCursor();
  }

  /**
   * A move in a transaction of the worker.
   *
   * @param json the position, encoded
   */
  private record Awaited<C>(C position, String json) {}

  private @Nullable String encoded(@Nullable C here) {
    try {
      return here == null ? null : values.encodeCursor(entry, here, type);
    } catch (RuntimeException e) {
      // An initial value need not be one that can be saved.
      return null;
    }
  }

  @Override
  public C get() {
    if (uncertain) {
      C before = position;
      position = decoded(checkpoints.read(entry.path()).orElse(null));
      if (awaited == null || awaited.json().equals(encoded(position))) {
        noteCertain();
      }
      if (!Objects.equals(before, position)) {
        noteMove(before, position);
      }
      noteWhere(encoded(position));
    }
    return position;
  }

  /** Notes that {@link #position} is what the database has, or will have. */
  private void noteCertain() {
    uncertain = false;
    awaited = null;
  }

  /** The path of its step. */
  String path() {
    return entry.path();
  }

  /** The current position as a checkpoint. */
  Checkpoint checkpoint() {
    return at(get());
  }

  /** The current position as a checkpoint, if it is known without asking the database. */
  Optional<Checkpoint> known() {
    return uncertain ? Optional.empty() : Optional.of(at(position));
  }

  /** Whether the cursor is certainly at a position, without asking the database. */
  boolean isKnownAt(C there) {
    return !uncertain && Objects.equals(there, position);
  }

  private Checkpoint at(C here) {
    return entry.at(here == null ? null : values.encodeCursor(entry, here, type));
  }

  private C decoded(@Nullable Checkpoint checkpoint) {
    if (checkpoint == null || checkpoint.value() == null || checkpoint.finished()) {
      return initial;
    }
    if (checkpoint.value().equals("null")) {
      // Cairn saves no null position. River does, and means that there is no position.
      return initial;
    }
    return SavedSteps.isOfRiver(checkpoint)
        ? values.riverCursor(entry, checkpoint.value(), type)
        : values.cursor(entry, checkpoint.value(), type);
  }

  @Override
  public void advance(C next) {
    requireStep();
    requireForward(next, null);
    move(next);
    rowIsCurrent = false;
    scope.yieldIfInterrupted();
  }

  @Override
  public void checkpoint(C next) {
    requireStep();
    requireForward(next, null);
    move(next);
    checkpoints.flush();
    rowIsCurrent = true;
    scope.yieldIfInterrupted();
  }

  @Override
  public void rewind(C earlier) {
    requireStep();
    move(earlier);
    checkpoints.flush();
    rowIsCurrent = true;
    scope.yieldIfInterrupted();
  }

  /** The exception of the source, with the names of the step and the job. */
  IllegalStateException refusedBySource(IllegalStateException refusal) {
    return values.refusedBySource(entry, refusal);
  }

  /** Refuses null (R14). */
  void requirePosition(@Nullable C next) {
    values.requirePosition(entry, next);
  }

  /** Declares that each position is after the previous one, as with a source. */
  StepCursor<C> ofSource() {
    alwaysForward = true;
    return this;
  }

  /**
   * Reports where the cursor is (R19): an attempt that ends elsewhere than it began is no
   * standstill.
   */
  private void noteWhere(@Nullable String json) {
    boolean elsewhere = !Objects.equals(start, json);
    if (elsewhere != isElsewhere) {
      isElsewhere = elsewhere;
      checkpoints.moved(entry.path(), elsewhere);
    }
  }

  /** Reports a move (R19). It is progress if an ordered cursor has moved forward. */
  private void noteMove(C from, C next) {
    if (alwaysForward) {
      checkpoints.progressed();
    } else if (from != null && next != null && isOrdered(next) && compare(from, next) < 0) {
      checkpoints.progressed();
    }
  }

  @Override
  public void progress(long done, @Nullable Long total) {
    entry.meter().set(done, total);
    checkpoints.working();
  }

  private void move(C next) {
    String json = values.encodePosition(entry, next, type);
    noteMove(position, next);
    checkpoints.save(entry.at(json));
    noteWhere(json);
    position = next;
    hasMoved = true;
    noteCertain();
  }

  @Override
  public void advanceTx(Connection connection, C next) {
    Checkpoint to = moved(next, connection);
    checkpoints.saveTx(connection, to);
    uncertain = true;
    if (awaited != null) {
      beforeLast = awaited.json();
    }
    awaited = new Awaited<>(next, Objects.requireNonNull(to.value()));
  }

  /**
   * Called if an attempt that has to stop ends without asking the database whether the worker's
   * last transaction was committed. Most likely it was, so the attempt does not count as a
   * standstill.
   */
  void noteLastMove() {
    if (awaited != null) {
      noteWhere(awaited.json());
    }
  }

  /**
   * Called if the database cannot be asked after a failure. The last transaction may have caused
   * it, so only the one before counts as committed.
   */
  void noteMoveBeforeLast() {
    if (beforeLast != null) {
      noteWhere(beforeLast);
    }
  }

  @Override
  public void advanceTx(C next) throws Exception {
    context.inCurrentTransaction(
        "advanceTx without a connection",
        connection -> {
          advanceTx(connection, next);
          return true;
        });
  }

  /** The checkpoint that holds once a transaction is committed. */
  private Checkpoint moved(C next, Connection connection) {
    requireStep();
    requireForward(next, connection);
    String json = values.encodePosition(entry, next, type);
    requireRow();
    return entry.at(json);
  }

  /**
   * Makes sure that the row of this cursor exists. A transaction only updates the row, so its lock
   * shows whether the transaction is still open. Buffered positions are written first, so after a
   * rollback the row has the right position. An existing row is not written again, because an
   * earlier transaction with an unknown outcome may still move it.
   */
  private void requireRow() {
    if (!rowIsCurrent) {
      if (ledger.addRow(entry.path())) {
        checkpoints.save(beginning());
      }
      checkpoints.flush();
      rowIsCurrent = true;
    }
  }

  /**
   * What the row says before the transaction. A cursor that was never moved has no position: if the
   * transaction is rolled back, its step is not in progress (R10).
   */
  private Checkpoint beginning() {
    return hasMoved || SavedSteps.isInProgress(entry.saved()) ? checkpoint() : entry.at(null);
  }

  @Override
  public void advanceInTransaction(TransactionStep<C> body) throws Exception {
    requireStep();
    requireRow();
    C before = get();
    var moved = new AtomicReference<@Nullable Moved<C>>();
    try {
      context.<@Nullable Void>inTransaction(connection -> {
        moved.set(null);
        C from = get();
        C to = body.run(connection, from);
        requireOpen(connection);
        checkpoints.saveLastTx(connection, moved(to, connection));
        uncertain = true;
        moved.set(new Moved<>(from, to));
        return null;
      });
      position = Objects.requireNonNull(moved.get()).to();
      noteCertain();
    } catch (Exception e) {
      // If the answer to a commit was lost, it may have succeeded: believe the database, not the
      // error.
      uncertain = true;
      Moved<C> last = moved.get();
      if (last == null || !isCommitted(last, e)) {
        throw e;
      }
    }
    noteMove(before, position);
    noteWhere(encoded(position));
    scope.yieldIfInterrupted();
  }

  /** Refuses a connection that is closed when the user's code in its transaction has returned. */
  void requireOpen(Connection connection) {
    StepTransactions.requireOpen(context, values, entry, connection);
  }

  /** The position at which a transaction begins, and the position to which it moves the cursor. */
  private record Moved<C>(C from, C to) {}

  /**
   * Whether the database has the position to which a failed transaction should have moved the
   * cursor.
   */
  private boolean isCommitted(Moved<C> moved, Exception failure) {
    String target = values.encodePosition(entry, moved.to(), type);
    if (moved.from() != null && target.equals(values.encodeCursor(entry, moved.from(), type))) {
      return false;
    }
    try {
      C here = get();
      return here != null && target.equals(values.encodeCursor(entry, here, type));
    } catch (RuntimeException e) {
      failure.addSuppressed(e);
      return false;
    }
  }

  /**
   * Refuses a move by a thread other than that of the step: a position means that everything before
   * it is done, and only the step's own thread knows that. Also refuses a move after the end of the
   * step, because it would overwrite what the end has saved.
   */
  private void requireStep() {
    if (!scope.isOwnThread()) {
      throw new IllegalStateException(
          ("the cursor of step '%s' of %s was moved on thread '%s': only the thread of its step "
                  + "may move it. For work on several threads, give each thread a cursor of its own, "
                  + "with parallel(...) or forEachInParts(...) [CAIRN-308]")
              .formatted(entry.path(), values.job(), Thread.currentThread().getName()));
    }
    if (!scope.isOpen(entry)) {
      throw new IllegalStateException(
          "the cursor of step '%s' of %s was moved after the step had ended [CAIRN-309]"
              .formatted(entry.path(), values.job()));
    }
  }

  /**
   * Refuses to move an ordered cursor back (R15). Strings and UUIDs have no order here, because
   * PostgreSQL sorts them by other rules than Java. The database is asked only about a move that
   * would be back if the worker's last transaction was committed. It is asked on the connection of
   * the move, because that transaction may still be open on it.
   *
   * @param connection that of the transaction that makes the move; null if there is none
   */
  private void requireForward(C next, @Nullable Connection connection) {
    if (alwaysForward || next == null || !isOrdered(next)) {
      return;
    }
    C here = position;
    if (uncertain && (awaited == null || compare(awaited.position(), next) > 0)) {
      here =
          connection == null
              ? get()
              : decoded(checkpoints.readTx(connection, entry.path()).orElse(null));
    }
    if (here != null && compare(here, next) > 0) {
      throw new IllegalArgumentException(
          ("the cursor of step '%s' of job %d (%s) would move back from %s to %s: a cursor is the "
                  + "last finished item; call rewind to go back on purpose [CAIRN-309]")
              .formatted(entry.path(), context.job().id(), context.job().kind(), here, next));
    }
  }

  private static boolean isOrdered(Object value) {
    return value instanceof Comparable
        && (value instanceof Number
            || value instanceof Temporal
            || !value.getClass().getName().startsWith("java."));
  }

  @SuppressWarnings("unchecked") // both are of one class, which is comparable to itself
  private static int compare(Object one, Object other) {
    return one.getClass() == other.getClass() ? ((Comparable<Object>) one).compareTo(other) : 0;
  }
}
