package dev.cairn.resumable;

import java.sql.Connection;

/** Code of a step that runs in a transaction which Cairn begins and commits. */
@FunctionalInterface
public interface TransactionStep {
  /** May be run more than once, so it must change nothing but the database. */
  void run(Connection connection) throws Exception;
}
