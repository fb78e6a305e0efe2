package dev.cairn.resumable;

import java.sql.Connection;
import java.util.List;

/** What a step does with several items of a source in one transaction. */
@FunctionalInterface
public interface BatchTxBody<T> {
  /** May be run more than once, so it must not change anything but the database. */
  void run(Connection connection, List<T> items) throws Exception;
}
