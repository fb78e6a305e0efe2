package dev.cairn.internal.store;

import dev.cairn.CairnException;
import dev.cairn.TransactionBody;
import dev.cairn.internal.foreign.ForeignFailure;
import dev.cairn.internal.foreign.Log;
import dev.cairn.internal.store.Transactions.StatementGuard;
import dev.cairn.spi.TransactionRunner;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One transaction of a {@link TransactionRunner}. A runner is foreign code: it may throw anything,
 * not call the body or call it twice, swallow exceptions, commit and then throw, or return without
 * a commit. The body runs at most once, and the database decides whether the transaction was
 * committed. Used by one thread.
 *
 * <p>The guard holds back interrupts while the runner's own code begins and commits, and lets them
 * through while the body runs.
 */
public final class TransactionCall<T extends @Nullable Object> {
  private static final Log log = Log.of(TransactionCall.class);

  /** SQLSTATE "transaction resolution unknown". */
  private static final String RESOLUTION_UNKNOWN = "08007";

  private final TransactionRunner runner;
  private final TransactionBody<T> body;
  private final StatementGuard guard;
  private final @Nullable TransactionFates fates;
  private final String job;
  private final Thread thread = Thread.currentThread();
  private final @Nullable ClassLoader loader = thread.getContextClassLoader();

  private volatile boolean over;
  private volatile @Nullable IllegalStateException misuse;
  private boolean called;
  private boolean returned;
  private boolean undone;
  private @Nullable Throwable failure;
  private @Nullable T result;
  private TransactionFates.@Nullable Mark mark;

  /**
   * @param fates null for Cairn's own runner, which is trusted
   * @param job the job and the attempt, for messages
   */
  public TransactionCall(
      TransactionRunner runner,
      TransactionBody<T> body,
      StatementGuard guard,
      @Nullable TransactionFates fates,
      String job) {
    this.runner = runner;
    this.body = body;
    this.guard = guard;
    this.fates = fates;
    this.job = job;
  }

  /** Runs the transaction. Returns the body's result if the transaction is committed. */
  public T run() throws Exception {
    boolean interrupted = thread.isInterrupted();
    Throwable thrown = null;
    guard.enter();
    try {
      runner.run(this::work);
    } catch (Throwable e) {
      thrown = e;
    } finally {
      over = true;
      thread.setContextClassLoader(loader);
      if (fates != null && !interrupted) {
        // The guard holds interrupts back here.
        boolean ignored = Thread.interrupted();
      }
      guard.exit();
    }
    return outcome(thrown);
  }

  /** Whether the database has nothing of this transaction, so that it may be run again. */
  public boolean isUndone() {
    return undone;
  }

  private void work(Connection connection) {
    requireCallable(connection);
    called = true;
    ClassLoader runners = thread.getContextClassLoader();
    thread.setContextClassLoader(loader);
    guard.exit();
    try {
      result = body.run(connection);
    } catch (Throwable e) {
      failure = e;
    } finally {
      guard.enter();
      thread.setContextClassLoader(runners);
    }
    end(connection);
  }

  /**
   * Marks the transaction after a success. After a failure, makes a commit impossible, so that a
   * runner that swallows the failure cannot commit half of the work.
   */
  private void end(Connection connection) {
    if (failure == null && fates != null) {
      try {
        mark = fates.mark(connection);
      } catch (RuntimeException e) {
        failure = e;
      }
    }
    if (failure == null) {
      returned = true;
      return;
    }
    if (fates != null) {
      fates.abort(connection);
    }
    throw unchecked(failure);
  }

  private void requireCallable(@Nullable Connection connection) {
    String wrong = null;
    if (over) {
      wrong = "called its work after it had returned";
    } else if (Thread.currentThread() != thread) {
      wrong = "called its work on thread '%s'".formatted(Thread.currentThread().getName());
    } else if (called) {
      wrong = "called its work twice: Cairn itself retries a transaction if that is safe";
    } else if (connection == null) {
      wrong = "called its work without a connection";
    } else if (fates != null && isAutoCommit(connection)) {
      wrong = "called its work with a connection without a transaction: its auto-commit is on";
    }
    if (wrong != null) {
      var refused = new IllegalStateException("%s %s [CAIRN-327]".formatted(who(), wrong));
      if (misuse == null) {
        misuse = refused;
      }
      throw refused;
    }
  }

  private boolean isAutoCommit(Connection connection) {
    try {
      return connection.getAutoCommit();
    } catch (SQLException e) {
      throw new IllegalStateException(
          who() + " called its work with a connection that fails [CAIRN-327]", e);
    }
  }

  private String who() {
    return "transaction runner %s of %s".formatted(runner.getClass().getName(), job);
  }

  private T outcome(@Nullable Throwable thrown) throws Exception {
    if (failure != null) {
      undone = true;
      suppressIn(failure, thrown);
      throw exception(failure);
    }
    if (!returned) {
      undone = true;
      throw exception(notCalled(thrown));
    }
    return fates == null
        ? trusted(thrown)
        : verified(fate(fates, Objects.requireNonNull(mark), thrown), thrown);
  }

  /**
   * Finds out the fate. If that fails and the runner has thrown an exception, the exception says
   * why.
   */
  private static TransactionFates.Fate fate(
      TransactionFates fates, TransactionFates.Mark mark, @Nullable Throwable thrown) {
    try {
      return fates.fate(mark);
    } catch (RuntimeException e) {
      if (thrown == null) {
        throw e;
      }
      suppressIn(thrown, e);
      return TransactionFates.Fate.UNKNOWN;
    }
  }

  private Throwable notCalled(@Nullable Throwable thrown) {
    if (thrown != null) {
      suppressIn(thrown, misuse);
      return thrown;
    }
    return misuse != null
        ? misuse
        : new IllegalStateException(
            who() + " returned without calling its work: nothing was done [CAIRN-327]");
  }

  private T trusted(@Nullable Throwable thrown) throws Exception {
    if (thrown != null) {
      undone = true;
      throw exception(thrown);
    }
    return result();
  }

  private T verified(TransactionFates.Fate fate, @Nullable Throwable thrown) throws Exception {
    return switch (fate) {
      case COMMITTED -> committed(thrown);
      case ROLLED_BACK -> {
        undone = true;
        throw failed(
            thrown,
            "returned, but its transaction was rolled back: nothing was done. Throw from the "
                + "body instead of marking the transaction for rollback");
      }
      case UNKNOWN -> throw thrown == null ? lost() : exception(thrown);
      case OPEN ->
          throw failed(
              thrown,
              "returned before its transaction was committed: it must begin and end a transaction "
                  + "of its own, in Spring with PROPAGATION_REQUIRES_NEW");
    };
  }

  /** An exception that counts as an outage, and not as a failure of the attempt. */
  private CairnException lost() {
    String what =
        "the server has restarted, or another server has taken its place, since the commit";
    return new CairnException(
        "Could not find out whether a transaction of %s was committed: %s [CAIRN-608]"
            .formatted(job, what),
        new SQLException(what, RESOLUTION_UNKNOWN));
  }

  private T committed(@Nullable Throwable thrown) {
    if (thrown instanceof Error error) {
      throw error;
    }
    Throwable wrong = thrown == null ? misuse : thrown;
    if (wrong != null) {
      log.warn(
          "{} failed after the commit: the transaction is valid, and the job "
              + "continues [CAIRN-327]",
          who(),
          wrong);
    }
    return result();
  }

  private Exception failed(@Nullable Throwable thrown, String otherwise) {
    return exception(
        thrown == null
            ? new IllegalStateException("%s %s [CAIRN-327]".formatted(who(), otherwise))
            : thrown);
  }

  @SuppressWarnings("NullAway") // the body has returned a T
  private T result() {
    return result;
  }

  private static void suppressIn(Throwable main, @Nullable Throwable further) {
    if (further != null && !(further instanceof BodyFailure)) {
      new ForeignFailure(main).suppress(further);
    }
  }

  private static Exception exception(Throwable thrown) {
    return switch (thrown) {
      case Error error -> throw error;
      case Exception exception -> exception;
      default -> new IllegalStateException(thrown);
    };
  }

  private static RuntimeException unchecked(Throwable failure) {
    return switch (failure) {
      case Error error -> throw error;
      case RuntimeException unchecked -> unchecked;
      default -> new BodyFailure(failure);
    };
  }

  /** Carries a checked exception of the body through the runner. */
  private static final class BodyFailure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    BodyFailure(Throwable cause) {
      super("the work of the transaction has failed", cause, false, false);
    }
  }
}
