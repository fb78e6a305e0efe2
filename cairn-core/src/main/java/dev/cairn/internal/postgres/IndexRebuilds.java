package dev.cairn.internal.postgres;

import dev.cairn.CairnException;
import dev.cairn.internal.foreign.ForeignFailure;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * Rebuilds the indexes of the job table without blocking other sessions. Drops the invalid index
 * that an interrupted rebuild leaves behind, which the server updates but never reads. Thread-safe.
 */
final class IndexRebuilds {
  /**
   * How much longer the network timeout is than the timeout of the statement, so that the statement
   * is cancelled before the connection counts as lost.
   */
  private static final Duration ANSWER_MAX = Duration.ofSeconds(30);

  private final Database database;

  IndexRebuilds(Database database) {
    this.database = database;
  }

  private static final Template OF_JOBS =
      Template.of(
          """
          SELECT format('%I.%I', namespace.nspname, index.relname)
          FROM pg_index
          JOIN pg_class AS index ON index.oid = pg_index.indexrelid
          JOIN pg_namespace AS namespace ON namespace.oid = index.relnamespace
          WHERE pg_index.indrelid = '{schema}.river_job'::regclass AND {which}
          ORDER BY index.relname
          """);

  private static final Sql INDEXES =
      Sql.of("list the indexes of the jobs", OF_JOBS.with("which", "pg_index.indisvalid").sql());

  /** The valid indexes of the job table, as quoted names with their schema. */
  List<String> indexes() {
    return database.list(INDEXES, Map.of(), row -> row.getString(1));
  }

  /**
   * Rebuilds an index.
   *
   * @param timeout the time after which the rebuild is cancelled and leaves an unfinished index
   *     behind
   */
  void rebuild(String index, Duration timeout) {
    outsideOfTransactions(
        "rebuild an index",
        timeout,
        connection -> execute(connection, "REINDEX INDEX CONCURRENTLY " + index, timeout));
  }

  private static final Sql UNFINISHED =
      Sql.of(
          "look for indexes that interrupted rebuilds have left behind",
          OF_JOBS
              .with("which", "NOT pg_index.indisvalid AND index.relname ~ '_cc(new|old)[0-9]*$'")
              .sql());

  // A session that builds or drops an index holds a lock that conflicts with this one. Meanwhile,
  // the index that it builds looks like one that was left behind. Autovacuum holds such a lock too,
  // but PostgreSQL cancels it once another session has waited for deadlock_timeout, one second by
  // default.
  private static final Sql LOCK =
      Sql.of(
          "see whether another session changes the indexes of the jobs",
          "LOCK TABLE {schema}.river_job IN SHARE UPDATE EXCLUSIVE MODE");

  private static final String LOCK_WAIT = "SET LOCAL lock_timeout = '5s'";

  /**
   * Drops unfinished indexes. Each drop waits for the transactions that use the table.
   *
   * @param timeout for each drop
   * @return whether none is left; false if another session is changing indexes
   */
  boolean dropUnfinished(Duration timeout) {
    if (unfinished().isEmpty()) {
      return true;
    }
    List<String> abandoned;
    try {
      abandoned = abandoned();
    } catch (CairnException e) {
      if (SqlErrors.isLocked(e)) {
        return false;
      }
      throw e;
    }
    for (String index : abandoned) {
      outsideOfTransactions(
          "drop an unfinished index",
          timeout,
          connection -> execute(connection, "DROP INDEX CONCURRENTLY IF EXISTS " + index, timeout));
    }
    return unfinished().isEmpty();
  }

  private List<String> unfinished() {
    return database.list(UNFINISHED, Map.of(), row -> row.getString(1));
  }

  private List<String> abandoned() {
    return database.withAutoCommit(
        false,
        LOCK.purpose(),
        connection -> {
          Database.execute(connection, LOCK_WAIT);
          Database.execute(connection, LOCK.in(database.schema()));
          List<String> found =
              database.list(connection, UNFINISHED, Map.of(), row -> row.getString(1));
          connection.commit();
          return found;
        });
  }

  private interface Task {
    void run(Connection connection) throws SQLException;
  }

  /**
   * Runs a task with a longer network timeout, because the server sends nothing while it builds.
   */
  private void outsideOfTransactions(String purpose, Duration timeout, Task task) {
    boolean ignored =
        database.withAutoCommit(
            true,
            purpose,
            connection -> {
              int before = connection.getNetworkTimeout();
              int silence = Math.toIntExact(timeout.plus(ANSWER_MAX).toMillis());
              boolean tooShort = before != 0 && before < silence;
              if (tooShort) {
                connection.setNetworkTimeout(Runnable::run, silence);
              }
              try {
                task.run(connection);
              } catch (Throwable e) {
                restore(connection, before, tooShort, e);
                throw e;
              }
              if (tooShort) {
                connection.setNetworkTimeout(Runnable::run, before);
              }
              return true;
            });
  }

  /** Restores the network timeout, because not every pool does. */
  private static void restore(Connection connection, int before, boolean changed, Throwable cause) {
    if (changed) {
      try {
        connection.setNetworkTimeout(Runnable::run, before);
      } catch (Throwable e) {
        new ForeignFailure(cause).suppress(e);
      }
    }
  }

  private static void execute(Connection connection, String sql, Duration timeout)
      throws SQLException {
    try (var statement = connection.createStatement()) {
      // Zero seconds would be no limit.
      statement.setQueryTimeout(Math.toIntExact(Math.ceilDiv(timeout.toMillis(), 1_000)));
      statement.execute(sql);
    }
  }
}
