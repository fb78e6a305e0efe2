package dev.cairn.internal.store;

import dev.cairn.TransactionBody;
import dev.cairn.spi.TransactionRunner;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The transaction that the calling thread is in, if the application's framework manages one. All
 * calls of {@link TransactionRunner#join} and {@link TransactionRunner#joinToRead} are made here.
 * Immutable.
 */
public final class CurrentTransaction {
  /** For what is never part of the thread's transaction. */
  public static final CurrentTransaction NONE = new CurrentTransaction(null);

  private final @Nullable TransactionRunner runner;

  private CurrentTransaction(@Nullable TransactionRunner runner) {
    this.runner = runner;
  }

  /**
   * The current transaction according to a runner.
   *
   * @param runner null if no thread is ever in a transaction that Cairn knows of
   */
  public static CurrentTransaction of(@Nullable TransactionRunner runner) {
    return new CurrentTransaction(runner);
  }

  /**
   * Calls {@code body}, which writes, with the connection of the transaction; empty if the thread
   * is in none. The caller then writes in a transaction of its own.
   */
  public <T> Optional<T> join(Function<Connection, T> body) {
    if (runner == null) {
      return Optional.empty();
    }
    var call = new Call<T>(runner, body::apply);
    if (call.isJoined(runner::join)) {
      return Optional.of(call.result());
    }
    runner.writesBeside();
    return Optional.empty();
  }

  /**
   * Calls {@code body}, which only reads, with the connection of the transaction, even if that is a
   * read-only one; empty if the thread is in none. The caller then reads beside it.
   */
  public <T> Optional<T> joinToRead(Function<Connection, T> body) {
    if (runner == null) {
      return Optional.empty();
    }
    var call = new Call<T>(runner, body::apply);
    return call.isJoined(runner::joinToRead) ? Optional.of(call.result()) : Optional.empty();
  }

  /**
   * Calls {@code body} with the connection of the transaction.
   *
   * @param what the name of the method that needs the transaction, for the message
   * @throws IllegalStateException if there is no runner, or the thread is in no such transaction
   */
  public <T extends @Nullable Object> T require(String what, TransactionBody<T> body)
      throws Exception {
    if (runner == null) {
      throw new IllegalStateException(
          ("%s needs to know the transaction that the thread is in, and this client has no "
                  + "transaction runner: set CairnBuilder.transactions(...), or pass the "
                  + "connection [CAIRN-331]")
              .formatted(what));
    }
    var call = new Call<T>(runner, body);
    if (!call.isJoined(runner::join)) {
      throw new IllegalStateException(
          ("%s needs a transaction, and the thread is in none on the database that holds the "
                  + "jobs, as %s knows it: begin one, or pass the connection [CAIRN-331]")
              .formatted(what, runner.getClass().getName()));
    }
    call.rethrow();
    return call.result();
  }

  /** One call of the runner, which is foreign code. Used by one thread. */
  private static final class Call<T extends @Nullable Object> {
    private final TransactionRunner runner;
    private final TransactionBody<T> body;
    private final Thread thread = Thread.currentThread();
    private volatile boolean over;
    private boolean called;
    private @Nullable Exception checked;
    private @Nullable T result;

    Call(TransactionRunner runner, TransactionBody<T> body) {
      this.runner = runner;
      this.body = body;
    }

    /** Runs the body in the thread's transaction. Returns false if there is none. */
    boolean isJoined(Predicate<TransactionRunner.Work> join) {
      boolean joined;
      try {
        joined = join.test(this::work);
      } finally {
        over = true;
      }
      if (joined != called) {
        throw broken(
            joined
                ? "joined a transaction without calling its work: nothing was done"
                : "called its work without a transaction");
      }
      return joined;
    }

    private void work(Connection connection) {
      if (over || Thread.currentThread() != thread) {
        throw broken("called its work on another thread, or after it had returned");
      }
      if (called) {
        throw broken("called its work twice");
      }
      requireTransaction(connection);
      called = true;
      try {
        result = body.run(connection);
      } catch (RuntimeException e) {
        throw e;
      } catch (Exception e) {
        checked = e;
      }
    }

    private void requireTransaction(@Nullable Connection connection) {
      try {
        if (connection == null || connection.getAutoCommit()) {
          throw broken("called its work without a connection that has an open transaction");
        }
      } catch (SQLException e) {
        var broken = broken("called its work with a connection that fails");
        broken.initCause(e);
        throw broken;
      }
    }

    private IllegalStateException broken(String what) {
      return new IllegalStateException(
          "transaction runner %s %s [CAIRN-327]".formatted(runner.getClass().getName(), what));
    }

    void rethrow() throws Exception {
      if (checked != null) {
        throw checked;
      }
    }

    @SuppressWarnings("NullAway") // the body has returned a T
    T result() {
      return result;
    }
  }
}
