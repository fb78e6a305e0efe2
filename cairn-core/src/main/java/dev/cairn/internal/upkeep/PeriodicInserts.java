package dev.cairn.internal.upkeep;

import dev.cairn.JobInsert;
import dev.cairn.internal.store.ContendedException;
import java.sql.Connection;
import java.util.List;

/** Inserts jobs through the client's middleware. */
public interface PeriodicInserts {
  /** The same job with the default options of its arguments. */
  JobInsert withDefaults(JobInsert job);

  /**
   * Inserts jobs in a transaction of their own.
   *
   * @throws ContendedException if another transaction holds a unique key of one of them
   */
  void insert(List<JobInsert> jobs);

  void insert(Connection connection, List<JobInsert> jobs);
}
