package dev.cairn.spi;

import dev.cairn.ContextKey;
import dev.cairn.TransactionBody;
import dev.cairn.WorkContext;
import dev.cairn.event.Event;
import dev.cairn.event.EventKind;
import java.time.Duration;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * What {@link Middleware} can do with an attempt, in addition to what a worker can do. Resumable
 * steps are built on it. Valid until the attempt ends. Thread-safe.
 */
public interface MiddlewareContext extends WorkContext {
  /**
   * Keeps an attribute for the rest of the attempt, and replaces an earlier one. The worker reads
   * it with {@link WorkContext#find}.
   */
  <T> void put(ContextKey<T> key, T value);

  /**
   * Wraps the code of each thread that the attempt forks from now on, including branches, for
   * example to pass thread-locals on. The wrapper is called on the thread that forks, with the code
   * of the new thread. The last added wrapper is the innermost. If the wrapper throws, the fork
   * fails. The default does nothing.
   */
  default void wrapForks(UnaryOperator<Runnable> wrapper) {}

  /**
   * Follows the transactions of {@link #inTransaction} from now on. A watch that throws when a
   * transaction begins or runs again fails the call of {@code inTransaction}; what it throws at the
   * end is logged. The default does nothing.
   */
  default void watchTransactions(TransactionWatch watch) {}

  /**
   * How the attempt ends if what {@code next.proceed()} threw is passed on, by the rules of the
   * outcome that is written. Two things may still change it: an {@link ErrorHandler} may cancel the
   * job, and middleware further out may throw something else. A failure after {@link
   * dev.cairn.WorkContext#completeTx} is foreseen as one, although the job is completed if the
   * transaction was committed.
   *
   * @param failure what was thrown; null if {@code next.proceed()} returned
   */
  ForeseenEnd foreseeEnd(@Nullable Throwable failure);

  /**
   * Whether the worker has called {@link dev.cairn.WorkContext#completeTx}. The job is completed if
   * that transaction was committed. The default is {@code false}.
   */
  default boolean hasCalledCompleteTx() {
    return false;
  }

  /**
   * From when the job was due until it was claimed. Empty if the job has been interrupted or
   * rescued: such a job keeps its place in the queue, so the time would contain its earlier runs.
   */
  default Optional<Duration> queueWait() {
    return Optional.empty();
  }

  /** Whether there is a listener for events of this kind. If not, the event need not be created. */
  default boolean isHeard(EventKind kind) {
    return false;
  }

  /** Publishes an event to the listeners of this client. */
  default void publish(Event event) {}

  /**
   * Calls {@code body} with the connection of the transaction that the calling thread is in: see
   * {@link dev.cairn.Cairn#inCurrentTransaction}.
   *
   * @param what the name of the method that needs the transaction, for the message
   * @throws IllegalStateException if the thread is in no such transaction
   */
  <T extends @Nullable Object> T inCurrentTransaction(String what, TransactionBody<T> body)
      throws Exception;

  /** The durable state of this job, kept beside its row. */
  Checkpoints checkpoints();

  /** The items that this job has put aside. */
  Quarantine quarantine();

  /** The waits of this job, which hold no slot. */
  Waits waits();

  /**
   * Follows the transactions of {@link #inTransaction}, on the threads that call it. A thread may
   * begin a transaction while another one of its own is open.
   */
  interface TransactionWatch {
    /** A transaction is about to begin. */
    void begins();

    /**
     * The body of the thread's innermost transaction is about to run again, after a deadlock or a
     * serialization failure.
     */
    void runsAgain();

    /** The thread's innermost transaction has ended, whether it was committed or not. */
    void ended();
  }
}
