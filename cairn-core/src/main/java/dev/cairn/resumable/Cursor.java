package dev.cairn.resumable;

import dev.cairn.JobInterruption;
import java.sql.Connection;
import org.jspecify.annotations.Nullable;

/**
 * The position of a step: the last finished item. Each method that moves it states how durable the
 * move is, and each is a point of interruption. Only the thread of its step may move it, and not
 * after the step has ended. Another thread, or a step in another branch of {@link Steps#parallel},
 * gets an {@link IllegalStateException}. Null is not a position: a method that moves the cursor
 * throws an {@link IllegalArgumentException} for it and leaves the cursor unchanged.
 *
 * @param <C> anything the client's codec can encode: a number, a text, a record
 */
public interface Cursor<C> {
  /**
   * The position from which to continue: the last one of this attempt, or else of an earlier
   * attempt, or else the initial value. After {@link #advanceTx} it is the committed position in
   * the database, so the work of a rolled-back transaction is done again.
   */
  C get();

  /**
   * Moves the cursor without waiting. The position is durable at the latest after the client's
   * flush interval, or when the attempt ends, unless the process dies first. Costs no round trip:
   * call it after every item.
   *
   * @throws JobInterruption if the attempt has to stop; the cursor has been moved
   * @throws IllegalArgumentException if an ordered cursor would move back, the position is null or
   *     encoded as null, or the encoded position exceeds the limit
   */
  void advance(C position);

  /**
   * Moves the cursor and returns when the position is durable. Costs one round trip, which is
   * shared with other jobs. Throws the same exceptions as {@link #advance}.
   */
  void checkpoint(C position);

  /**
   * Moves the cursor in the caller's transaction, together with the rows that belong to it: both
   * are committed or neither. Until the commit, no client can claim the job, and only the same
   * transaction may move this cursor. A position that {@link #advance} buffers meanwhile is written
   * after the commit.
   *
   * @param connection one with an open transaction, on the database that holds the jobs
   * @throws JobInterruption if the attempt has to stop; nothing was written: roll back
   * @throws IllegalArgumentException as {@link #advance} does
   * @throws IllegalStateException if auto-commit is on, so that there is no transaction
   */
  void advanceTx(Connection connection, C position);

  /**
   * Moves the cursor like {@link #advanceTx(Connection, Object)}, in the transaction that the
   * calling thread is in: for example a {@code @Transactional} of Spring.
   *
   * @throws IllegalStateException if the client has no {@linkplain
   *     dev.cairn.spi.TransactionRunner#join runner that knows it}, or the thread is in no
   *     transaction on the database that holds the jobs
   */
  void advanceTx(C position) throws Exception;

  /**
   * Runs {@code body} in a transaction of its own, which also moves the cursor to the position that
   * the body returns. After a serialization failure or a deadlock, the body is run again with the
   * last durable position, up to ten times.
   *
   * <p>A nested step in {@code body} does not belong to the transaction: when it has finished, it
   * is not run again, even if the transaction is rolled back. A nested cursor or source continues
   * after its last position. So write the rows of the transaction outside of nested steps.
   */
  void advanceInTransaction(TransactionStep<C> body) throws Exception;

  /**
   * Reports how much of the step is done. Costs no round trip: the progress is saved with the next
   * position. Any thread may call this.
   *
   * @param done how much is done over all attempts, in units that the step chooses
   * @param total how much there is to do; null if unknown
   * @throws IllegalArgumentException if a number is negative
   */
  void progress(long done, @Nullable Long total);

  /**
   * Moves an ordered cursor back. The new position is durable when the call returns. Items between
   * the two positions will be processed again.
   */
  void rewind(C position);

  /**
   * One transaction of a cursor step. May be run more than once, so it must change nothing but the
   * database.
   */
  @FunctionalInterface
  interface TransactionStep<C> {
    /** Does the work that follows {@code position} and returns the new position. */
    C run(Connection connection, C position) throws Exception;
  }
}
