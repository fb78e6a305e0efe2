package dev.cairn.internal.upkeep;

import dev.cairn.JobInsert;
import java.sql.Connection;
import java.util.List;

/** Inserts jobs through the client's middleware. */
public interface PeriodicInserts {
  /** The same job with the default options of its arguments. */
  JobInsert withDefaults(JobInsert job);

  void insert(List<JobInsert> jobs);

  void insert(Connection connection, List<JobInsert> jobs);
}
