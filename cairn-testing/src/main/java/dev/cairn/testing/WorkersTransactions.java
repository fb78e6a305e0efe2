package dev.cairn.testing;

import dev.cairn.CairnException;
import dev.cairn.StoreUnavailableException;
import dev.cairn.TransactionBody;
import dev.cairn.internal.foreign.ForeignFailure;
import dev.cairn.internal.store.TransactionCall;
import dev.cairn.internal.store.TransactionFates;
import dev.cairn.internal.store.TransactionFates.Fate;
import dev.cairn.internal.store.Transactions.StatementGuard;
import dev.cairn.spi.Checkpoint;
import dev.cairn.spi.TransactionRunner;
import dev.cairn.testing.Change.Write;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * The transactions of one attempt that is worked without a client. What it saves in them takes
 * effect only when they are committed. Thread-safe.
 */
final class WorkersTransactions {
  /** As often as a client does. */
  private static final int TRIES_MAX = 10;

  private static final Set<String> RETRYABLE = Set.of("40001", "40P01");

  private final AttemptContext context;
  private final RunWatch watch;
  private final @Nullable CommitMarks marks;

  /** Those that the context has begun; the others are the worker's own. */
  private final Set<Connection> ofContext =
      Collections.synchronizedSet(Collections.newSetFromMap(new IdentityHashMap<>()));

  private final List<Saved> saved = new ArrayList<>();
  private final List<Completion> completions = new ArrayList<>();

  private record Saved(Connection connection, long mark, Change change) {}

  private record Completion(Connection connection, long mark) {}

  WorkersTransactions(AttemptContext context, RunWatch watch, @Nullable DataSource dataSource) {
    this.context = context;
    this.watch = watch;
    this.marks = dataSource == null ? null : new CommitMarks(dataSource);
  }

  private CommitMarks marks() {
    CommitMarks known = marks;
    if (known == null) {
      throw new IllegalStateException("there are no transactions without a data source");
    }
    return known;
  }

  /** Runs a transaction and commits it, again if the database asks for that. */
  <T extends @Nullable Object> T run(
      DataSource database, @Nullable TransactionRunner runner, TransactionBody<T> body)
      throws Exception {
    for (int tries = 1; ; tries++) {
      var last = new AtomicReference<@Nullable Checkpoint>();
      var call =
          new TransactionCall<T>(
              runner == null ? work -> runOn(database, work) : runner,
              connection -> within(connection, body, last),
              StatementGuard.NONE,
              runner == null ? null : fates(),
              context.describe());
      try {
        T result = call.run();
        context.memory().settle(null);
        watch.reached(Boundary.Kind.AFTER_COMMIT, last.get(), context);
        return result;
      } catch (Exception e) {
        if (tries == TRIES_MAX || !call.isUndone() || !isRetryable(e)) {
          throw e;
        }
      }
    }
  }

  private TransactionFates fates() {
    CommitMarks asked = marks();
    return new TransactionFates() {
      @Override
      public Mark mark(Connection connection) {
        return new Mark(asked.mark(connection), "");
      }

      @Override
      public Fate fate(Mark mark) {
        return asked.fate(mark.number(), null);
      }

      @Override
      public void abort(Connection connection) {
        WorkersTransactions.abort(connection);
      }
    };
  }

  private static boolean isRetryable(Exception failure) {
    return new ForeignFailure(failure)
        .chain().stream()
            .anyMatch(each ->
                each instanceof SQLException e
                    && e.getSQLState() != null
                    && RETRYABLE.contains(e.getSQLState()));
  }

  private <T extends @Nullable Object> T within(
      Connection connection, TransactionBody<T> body, AtomicReference<@Nullable Checkpoint> last)
      throws Exception {
    ofContext.add(connection);
    try {
      T result = body.run(connection);
      last.set(lastOf(connection));
      watch.reached(Boundary.Kind.BEFORE_COMMIT, last.get(), context);
      return result;
    } finally {
      ofContext.remove(connection);
    }
  }

  private void runOn(DataSource database, TransactionRunner.Work work) throws SQLException {
    Connection connection = begin(database);
    boolean committed = false;
    try {
      work.run(connection);
      connection.commit();
      committed = true;
    } finally {
      end(connection, committed);
    }
  }

  private static Connection begin(DataSource database) {
    try {
      Connection connection = database.getConnection();
      try {
        connection.setAutoCommit(false);
        return connection;
      } catch (SQLException e) {
        close(connection);
        throw e;
      }
    } catch (SQLException e) {
      String state = e.getSQLState();
      throw state == null || state.startsWith("08")
          ? new StoreUnavailableException(
              "Could not begin a transaction: the database is not available (%s) [CAIRN-605]"
                  .formatted(e.getMessage()),
              e)
          : new CairnException(
              "Could not begin a transaction: " + e.getMessage() + " [CAIRN-608]", e);
    }
  }

  /** Ends a transaction and records what was committed. A failure here does not matter. */
  private void end(Connection connection, boolean committed) {
    try {
      if (!committed) {
        connection.rollback();
      }
      connection.setAutoCommit(true);
      if (committed) {
        context.memory().settle(connection);
      }
    } catch (SQLException | CairnException e) {
      // The connection is closed. Another one finds out what was committed.
    } finally {
      close(connection);
    }
  }

  private static void close(Connection connection) {
    try {
      connection.close();
    } catch (SQLException e) {
      // Nothing depends on it.
    }
  }

  boolean isOfContext(Connection connection) {
    return ofContext.contains(connection);
  }

  /** Adds a change that takes effect with this transaction. */
  void add(Connection connection, Change change) {
    long mark = marks().mark(connection);
    synchronized (this) {
      saved.add(new Saved(connection, mark, change));
    }
  }

  @SuppressWarnings("ReferenceEquality") // the very same connection is meant
  private synchronized @Nullable Checkpoint lastOf(Connection connection) {
    return saved.stream()
        .filter(each -> each.connection() == connection && each.change() instanceof Write)
        .reduce((one, other) -> other)
        .map(each -> ((Write) each.change()).checkpoint())
        .orElse(null);
  }

  /** The last checkpoint of this name that was saved in the open transaction of a connection. */
  @SuppressWarnings("ReferenceEquality") // the very same connection is meant
  Optional<Checkpoint> written(Connection connection, String name) {
    List<Saved> all;
    synchronized (this) {
      all = List.copyOf(saved);
    }
    for (Saved each : all.reversed()) {
      if (each.connection() == connection
          && each.change() instanceof Write write
          && write.checkpoint().name().equals(name)
          && marks().fate(each.mark(), connection) == Fate.OPEN) {
        return Optional.of(write.checkpoint());
      }
    }
    return Optional.empty();
  }

  /**
   * What was changed in transactions that are committed by now, each change once. Those that were
   * rolled back are forgotten.
   *
   * @param open a connection to ask by; null for another one
   */
  List<Change> committed(@Nullable Connection open) {
    List<Saved> all;
    synchronized (this) {
      all = List.copyOf(saved);
    }
    // A transaction may hold thousands of changes. Its fate is asked for once.
    var fates = new HashMap<Long, Fate>();
    var committed = new ArrayList<Change>();
    for (Saved each : all) {
      Fate fate = fates.computeIfAbsent(each.mark(), mark -> marks().fate(mark, open));
      synchronized (this) {
        if (fate != Fate.OPEN && saved.remove(each) && fate == Fate.COMMITTED) {
          committed.add(each.change());
        }
      }
    }
    return committed;
  }

  /** The job is completed with this transaction. */
  void complete(Connection connection) {
    long mark = marks().mark(connection);
    synchronized (this) {
      completions.add(new Completion(connection, mark));
    }
  }

  /** Whether a transaction that completes the job is committed. */
  boolean haveCompleted() {
    return completions().stream()
        .anyMatch(each -> marks().fate(each.mark(), null) == Fate.COMMITTED);
  }

  /** Whether a transaction tried to complete it, regardless of the result. */
  boolean wereToComplete() {
    return !completions().isEmpty();
  }

  private synchronized List<Completion> completions() {
    return List.copyOf(completions);
  }

  /**
   * Refuses a write that cannot follow what is known of the job.
   *
   * @throws dev.cairn.JobInterruption if the job is somebody else's; the transaction is aborted
   * @throws IllegalStateException if the job is completed, by this transaction or an earlier one
   */
  void requireHeld(Connection connection, String what) {
    if (context.memory().isLost()) {
      abort(connection);
      context.endAsStale();
    }
    for (Completion completion : completions()) {
      if (isSeen(completion, connection)) {
        throw new IllegalStateException(
            "%s is already completed, by completeTx: %s cannot follow it [CAIRN-312]"
                .formatted(context.describe(), what));
      }
    }
  }

  @SuppressWarnings("ReferenceEquality") // the very same connection is meant
  private boolean isSeen(Completion completion, Connection connection) {
    return switch (marks().fate(completion.mark(), connection)) {
      case COMMITTED -> true;
      case OPEN -> completion.connection() == connection;
      case ROLLED_BACK, UNKNOWN -> false;
    };
  }

  /** Aborts the transaction, so that code that swallows the exception cannot commit it. */
  private static void abort(Connection connection) {
    try (var statement = connection.createStatement()) {
      statement.execute("DO $$BEGIN RAISE EXCEPTION 'the job is no longer this attempt''s'; END$$");
    } catch (SQLException e) {
      // That was the purpose.
    }
  }
}
