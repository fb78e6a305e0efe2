package dev.cairn.internal.upkeep;

import dev.cairn.JobInsert;
import java.sql.Connection;
import java.util.List;

/** The client's way of inserting, with its middleware. */
public interface PeriodicInserts {
  void insert(List<JobInsert> jobs);

  void insert(Connection connection, List<JobInsert> jobs);
}
