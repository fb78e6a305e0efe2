package dev.cairn.internal.postgres;

import dev.cairn.internal.postgres.Database.RowMapper;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where statements run: each in a transaction of its own ({@link Database}), or all in the caller's
 * ({@link Database#in}).
 */
interface Session {
  /** The rows of a statement. */
  <T> List<T> list(Sql sql, Map<String, ? extends @Nullable Object> values, RowMapper<T> mapper);

  SchemaName schema();

  /** How large the tables of jobs and of checkpoints are now: see {@link StatementTexts}. */
  void sizes(long jobBytes, long checkpointBytes);
}
