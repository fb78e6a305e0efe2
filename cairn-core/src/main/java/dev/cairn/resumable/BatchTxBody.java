package dev.cairn.resumable;

import java.sql.Connection;
import java.util.List;

/** The code of a step for several items of a source in one transaction. */
@FunctionalInterface
public interface BatchTxBody<T> {
  /** May be run more than once, so it must change nothing but the database. */
  void run(Connection connection, List<T> items) throws Exception;
}
