package dev.cairn;

import java.sql.Connection;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/**
 * What the worker of one attempt may ask of its client. Middleware is given more: {@link
 * dev.cairn.spi.MiddlewareContext}. Valid until the attempt ends. Thread-safe.
 */
public interface WorkContext {
  /** The job being worked. */
  Job<?> job();

  /** The client that works it, to insert further jobs for example. */
  Cairn client();

  /**
   * Why this attempt should stop, if it should. For loops without checkpoints; answer by calling
   * {@link #yieldIfInterrupted()}.
   */
  Optional<InterruptionReason> interruption();

  /**
   * A point of interruption: does nothing, or ends the attempt.
   *
   * @throws JobInterruption if this attempt should stop
   */
  void yieldIfInterrupted();

  /**
   * Ends the attempt here, for a reason of the worker's own, as an operator's interruption does:
   * the job is available again at once and no attempt is used up.
   *
   * @param why as in "the partner's API is closed until six", for the log and the message of the
   *     interruption
   * @throws JobInterruption always, with {@link InterruptionReason#REQUESTED}, unless the attempt
   *     has another reason to stop
   */
  JobInterruption yieldNow(String why);

  /** What middleware keeps for this attempt under a key. */
  <T> Optional<T> find(ContextKey<T> key);

  /**
   * Sets a top-level key of the job's metadata. Written together with the outcome of the attempt,
   * whatever that is.
   *
   * @param value anything the client's codec can encode, at most 32 MB of JSON; null writes a JSON
   *     null
   * @throws IllegalArgumentException if the value cannot be encoded or would not come back as it
   *     is, if PostgreSQL cannot store it, or if it is larger; also for keys that begin with {@code
   *     cairn:} and for those of River that decide what becomes of the job, such as {@code
   *     river:rescue_count}
   */
  void setMetadata(String key, @Nullable Object value);

  /**
   * Records what the job has to show for itself, as key {@code output} of its metadata: see {@link
   * JobRow#output()}. Written with the outcome of the attempt, whatever that is; a later call
   * replaces it.
   *
   * @param value anything the client's codec can encode, at most 32 MB of JSON
   * @throws IllegalArgumentException if the value cannot be encoded or would not come back as it
   *     is, if PostgreSQL cannot store it, or if it is larger
   */
  void recordOutput(@Nullable Object value);

  /**
   * Completes the job in the caller's transaction: the job is completed if and only if that
   * commits. The worker should return right after the commit. If the transaction is rolled back the
   * attempt goes on as if this had not been called.
   *
   * @param connection one with an open transaction, on the database that holds the jobs
   * @throws JobInterruption if the job is no longer this attempt's; the transaction is then aborted
   */
  void completeTx(Connection connection);

  /**
   * Runs {@code body} in a transaction of its own and commits it: on the client's data source, or
   * by the runner of {@link CairnBuilder#transactions} (R41). Runs it again, at most a few times,
   * after a serialization failure or a deadlock (R4).
   *
   * @throws JobInterruption if this attempt should stop
   */
  <T extends @Nullable Object> T inTransaction(TransactionBody<T> body) throws Exception;

  /**
   * Runs code on a further virtual thread that belongs to this attempt: what interrupts the attempt
   * interrupts it too, what it logs is the job's, and it is under the time limits of the calling
   * thread ({@link #within}). The worker must not return before that thread has ended.
   *
   * @return the thread, started
   */
  Thread fork(Runnable body);

  /**
   * Runs code with a time of its own. When it is over, points of interruption in the code throw,
   * and its thread is interrupted, with those that it has {@linkplain #fork forked} in that time.
   *
   * @throws TimeLimitException if the code has ended by an exception after the time was over
   */
  <T extends @Nullable Object> T within(Duration limit, Callable<T> body) throws Exception;
}
