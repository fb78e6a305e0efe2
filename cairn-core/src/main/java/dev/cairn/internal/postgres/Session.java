package dev.cairn.internal.postgres;

import dev.cairn.internal.postgres.Database.RowMapper;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Where statements run: each in a transaction of its own ({@link Database}), or all in the caller's
 * ({@link Database#in}).
 */
interface Session {
  /** The rows of a statement. */
  <T> List<T> list(Sql sql, Map<String, ? extends @Nullable Object> values, RowMapper<T> mapper);

  /**
   * Runs statements whose changes and locks are taken back together if they have no result. In the
   * caller's transaction what was done before stays.
   */
  <T> Optional<T> undoable(String purpose, Function<Session, Optional<T>> work);

  SchemaName schema();

  /** How large the tables of jobs and of checkpoints are now: see {@link StatementTexts}. */
  void sizes(long jobBytes, long checkpointBytes);
}
