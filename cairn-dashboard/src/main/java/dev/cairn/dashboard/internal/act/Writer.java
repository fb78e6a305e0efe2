package dev.cairn.dashboard.internal.act;

import dev.cairn.dashboard.internal.answer.UnknownOutcome;
import dev.cairn.dashboard.internal.read.Borrowed;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs acts, each in a transaction whose statements and waits are short. Thread-safe. */
final class Writer {
  private static final Logger log = LoggerFactory.getLogger(Writer.class);

  /** More than a statement may take. */
  private static final int SILENCE_MS_MAX = 15_000;

  private final DataSource dataSource;

  Writer(DataSource dataSource) {
    this.dataSource = dataSource;
  }

  /** Changes something in a transaction. */
  @FunctionalInterface
  interface Work<T> {
    T run(Connection connection) throws SQLException;
  }

  /** The result of what is committed. */
  private record Committed<T>(T result) {}

  /**
   * Runs an act. Once it is committed, nothing that fails afterwards makes it fail: it would be
   * done a second time.
   *
   * @throws UnknownOutcome if the database did not confirm the commit
   */
  <T> T write(Work<T> work) {
    var committed = new AtomicReference<@Nullable Committed<T>>();
    try (Connection connection = dataSource.getConnection()) {
      Borrowed.within(
          connection,
          SILENCE_MS_MAX,
          borrowed -> {
            T result = run(borrowed, work);
            committed.set(new Committed<>(result));
            return result;
          });
    } catch (SQLException | RuntimeException e) {
      Committed<T> done = committed.get();
      if (done == null) {
        throw e instanceof SQLException sql ? new WriteException(sql) : (RuntimeException) e;
      }
      log.debug("The connection of an act that was done could not be given back", e);
    }
    return Objects.requireNonNull(committed.get()).result();
  }

  private static <T> T run(Connection connection, Work<T> work) throws SQLException {
    try (var statement = connection.createStatement()) {
      statement.execute("SET LOCAL statement_timeout = 10000; SET LOCAL lock_timeout = 3000");
    }
    T result = work.run(connection);
    commit(connection);
    return result;
  }

  private static void commit(Connection connection) throws SQLException {
    try {
      connection.commit();
    } catch (SQLException e) {
      String state = e.getSQLState() == null ? "" : e.getSQLState();
      if (state.isEmpty() || state.startsWith("08") || state.startsWith("57P")) {
        throw new UnknownOutcome(e);
      }
      throw e;
    }
  }

  /** A statement that failed. */
  static final class WriteException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    WriteException(SQLException cause) {
      super(cause.getMessage(), cause);
    }
  }
}
