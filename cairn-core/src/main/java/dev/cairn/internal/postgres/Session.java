package dev.cairn.internal.postgres;

import dev.cairn.internal.postgres.Database.RowMapper;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Runs statements, either each in a transaction of its own ({@link Database}), or all in the
 * caller's transaction ({@link Database#in}).
 */
interface Session {
  /** The rows of a statement. */
  <T> List<T> list(Sql sql, Map<String, ? extends @Nullable Object> values, RowMapper<T> mapper);

  /**
   * The rows of a statement.
   *
   * @param gate called when there is a connection; if it throws, the statement is not sent
   */
  default <T> List<T> list(
      Sql sql, Map<String, ? extends @Nullable Object> values, RowMapper<T> mapper, Runnable gate) {
    gate.run();
    return list(sql, values, mapper);
  }

  /**
   * Runs statements whose changes and locks are undone together if there is no result. Earlier
   * changes in the caller's transaction stay.
   */
  <T> Optional<T> undoable(String purpose, Function<Session, Optional<T>> work);

  SchemaName schema();

  /**
   * Reports the current sizes of the tables of jobs and of checkpoints: see {@link StatementTexts}.
   */
  void sizes(long jobBytes, long checkpointBytes);
}
