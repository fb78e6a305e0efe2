package dev.cairn.spi;

import dev.cairn.CairnBuilder;
import java.sql.Connection;

/**
 * Runs code in a transaction. With {@link CairnBuilder#transactions}, steps run in the transactions
 * of the application's framework. Everything in the body that uses the framework, such as a
 * repository, then commits together with the step. Thread-safe.
 *
 * <p>In Spring, as a bean beside the client:
 *
 * <pre>{@code
 * var template = new TransactionTemplate(transactionManager);
 * template.setPropagationBehavior(TransactionDefinition.PROPAGATION_REQUIRES_NEW);
 * TransactionRunner runner =
 *     work -> template.executeWithoutResult(status -> {
 *       Connection connection = DataSourceUtils.getConnection(dataSource);
 *       try {
 *         work.run(connection);
 *       } finally {
 *         DataSourceUtils.releaseConnection(connection, dataSource);
 *       }
 *     });
 * }</pre>
 *
 * <p>With jOOQ: {@code work -> jooq.transaction(it -> it.dsl().connection(work::run))}. With JDBI:
 * {@code work -> jdbi.useTransaction(handle -> work.run(handle.getConnection()))}.
 */
@FunctionalInterface
public interface TransactionRunner {
  /**
   * Begins a transaction on the database that holds the jobs, calls {@code work} once with its
   * connection and on the calling thread, and commits. If {@code work} throws, the transaction is
   * rolled back and the exception passed on. Returns when the transaction has ended. Must not join
   * an open transaction.
   *
   * <p>Must not run {@code work} again by itself: Cairn calls this method again after a
   * serialization failure or a deadlock. If a runner breaks these rules, the attempt fails with an
   * exception. No step is done twice or lost, because Cairn asks the database for the result of the
   * transaction.
   *
   * @throws Exception if the transaction could not begin or could not be committed
   */
  void run(Work work) throws Exception;

  /**
   * Calls {@code work} once, on the calling thread, with the connection of the transaction that
   * this thread is in. What the client writes without a connection then belongs to that
   * transaction: it inserts jobs, sends signals, and changes jobs and queues there. Commits
   * nothing, and does not roll back. If {@code work} throws, the exception is passed on.
   *
   * <p>Joins only a transaction that is open on the database that holds the jobs, and that its
   * owner is going to commit. A wrong {@code true} loses what was written; a wrong {@code false}
   * writes it at once.
   *
   * @return false, without having called {@code work}, if the thread is in no such transaction; the
   *     default is always false
   */
  default boolean join(Work work) {
    return false;
  }

  /**
   * The same for {@code work} that only reads, such as {@link dev.cairn.jobs.Jobs#find}: it then
   * sees what the transaction has written. Once the client knows its schema, it takes no second
   * connection; {@link CairnBuilder#schema} names the schema from the beginning. The default calls
   * {@link #join}. A runner whose {@code join} refuses transactions that cannot be written in, such
   * as read-only ones, joins them here.
   *
   * @return false, without having called {@code work}, if the thread is in no such transaction
   */
  default boolean joinToRead(Work work) {
    return join(work);
  }

  /**
   * Called after {@link #join} has returned false for something that is now written in a
   * transaction of its own: a job or a signal, or a change of jobs or queues. A runner can warn
   * here if the thread is in a transaction that could not be joined; the default does nothing. Not
   * called for what is only read, nor if the caller needs the transaction and fails without it.
   */
  default void writesBeside() {}

  /** The code that runs in the transaction. */
  @FunctionalInterface
  interface Work {
    /**
     * Does the work. Throws only unchecked exceptions, so that they pass through any framework.
     *
     * @param connection the connection of the transaction, with auto-commit off
     * @throws IllegalStateException if this is not the first call, if it is made on another thread
     *     or after {@link TransactionRunner#run} has returned, or if the connection has no
     *     transaction; nothing was done then
     */
    void run(Connection connection);
  }
}
