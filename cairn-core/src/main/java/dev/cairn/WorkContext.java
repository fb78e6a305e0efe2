package dev.cairn;

import java.sql.Connection;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/**
 * What a worker can do in an attempt. Middleware gets a {@link dev.cairn.spi.MiddlewareContext},
 * which can do more. Valid until the attempt ends. Thread-safe.
 */
public interface WorkContext {
  /** The job being worked. */
  Job<?> job();

  /** The client that works the job, for example to insert further jobs. */
  Cairn client();

  /**
   * The reason to stop this attempt, if there is one. For loops without checkpoints; if there is a
   * reason, call {@link #yieldIfInterrupted()}.
   */
  Optional<InterruptionReason> interruption();

  /**
   * A point of interruption: ends the attempt if it has to stop.
   *
   * @throws JobInterruption if this attempt should stop
   */
  void yieldIfInterrupted();

  /**
   * Ends the attempt for a reason of the worker's own. As after an operator's interruption, the job
   * is available again at once and no attempt is used up. Each time counts as an interruption, see
   * {@link ResumePolicy#interruptionsMax}. To wait, throw {@link JobSnoozeException} instead.
   *
   * @param why the reason, such as "this process is short of memory", for the log and the message
   *     of the interruption
   * @throws JobInterruption always, with {@link InterruptionReason#REQUESTED}, unless the attempt
   *     has another reason to stop
   */
  JobInterruption yieldNow(String why);

  /** The attribute that middleware has put under a key for this attempt; empty if there is none. */
  <T> Optional<T> find(ContextKey<T> key);

  /**
   * Sets a top-level key of the job's metadata. Written together with the outcome of the attempt,
   * whatever that is.
   *
   * @param value anything the client's codec can encode, at most 32 MB of JSON; null writes a JSON
   *     null
   * @throws IllegalArgumentException if the value cannot be encoded, would not come back equal, is
   *     larger, or cannot be stored by PostgreSQL; or if the key begins with {@code cairn:}, or is
   *     one with which River controls the job, such as {@code river:rescue_count}
   */
  void setMetadata(String key, @Nullable Object value);

  /**
   * Records an output of the job, as key {@code output} of its metadata: see {@link
   * JobRow#output()}. Written with the outcome of the attempt, whatever that is. A later call
   * replaces it.
   *
   * @param value anything the client's codec can encode, at most 32 MB of JSON
   * @throws IllegalArgumentException if the value cannot be encoded, would not come back equal, is
   *     larger, or cannot be stored by PostgreSQL
   */
  void recordOutput(@Nullable Object value);

  /**
   * Completes the job in the caller's transaction: the job is completed if and only if the
   * transaction commits. The worker should return right after the commit. If the transaction is
   * rolled back, the job is not completed, and this method may be called again. A worker that
   * returns without having committed fails its attempt.
   *
   * @param connection one with an open transaction, on the database that holds the jobs
   * @throws JobInterruption if the job no longer belongs to this attempt; the transaction is then
   *     aborted
   */
  void completeTx(Connection connection);

  /**
   * Runs {@code body} in a transaction of its own and commits it. Uses the client's data source, or
   * the runner of {@link CairnBuilder#transactions}. After a serialization failure or a deadlock,
   * it is run again, up to ten times.
   *
   * <p>A step in {@code body} does not belong to the transaction: when it has finished, it is not
   * run again, even if the transaction is rolled back. A cursor or source in it continues after its
   * last position. So write the rows of the transaction outside of steps.
   *
   * @throws JobInterruption if this attempt should stop
   */
  <T extends @Nullable Object> T inTransaction(TransactionBody<T> body) throws Exception;

  /**
   * Runs code on another virtual thread that belongs to this attempt. An interruption of the
   * attempt interrupts the thread too. Its log lines belong to the job, and the time limits of the
   * calling thread ({@link #within}) apply to it. The worker must not return before that thread has
   * ended.
   *
   * @return the thread, started
   */
  Thread fork(Runnable body);

  /**
   * Runs code with a time limit. When the limit has passed, points of interruption in the code
   * throw. The thread is interrupted, and so are the threads that it has {@linkplain #fork forked}
   * within this call.
   *
   * @throws TimeLimitException if the code ends by an exception after the limit has passed
   */
  <T extends @Nullable Object> T within(Duration limit, Callable<T> body) throws Exception;
}
