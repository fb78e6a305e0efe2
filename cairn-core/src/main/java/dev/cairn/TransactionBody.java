package dev.cairn;

import java.sql.Connection;
import org.jspecify.annotations.Nullable;

/**
 * Code that runs in a transaction which its caller begins and commits. May run more than once, so
 * it must change only the database.
 */
@FunctionalInterface
public interface TransactionBody<T extends @Nullable Object> {
  /** Must neither commit nor roll back nor close the connection. */
  T run(Connection connection) throws Exception;
}
