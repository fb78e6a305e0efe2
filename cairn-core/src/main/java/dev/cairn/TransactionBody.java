package dev.cairn;

import java.sql.Connection;
import org.jspecify.annotations.Nullable;

/**
 * Code that runs inside a transaction which somebody else begins and commits. May be run more than
 * once, so it must not change anything but the database.
 */
@FunctionalInterface
public interface TransactionBody<T extends @Nullable Object> {
  /** Must neither commit nor roll back nor close the connection. */
  T run(Connection connection) throws Exception;
}
