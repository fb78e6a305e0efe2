package dev.cairn.schedule;

import java.util.List;

/** The periodic jobs that this client inserts while it leads. Thread-safe. */
public interface PeriodicJobs {
  /**
   * Adds a periodic job. If this client leads, the job is inserted from now on.
   *
   * @throws IllegalArgumentException if there is already one with its id
   */
  void add(PeriodicJob job);

  /**
   * Removes a periodic job. A durable job keeps its due time, in a row of {@code cairn_periodic}
   * that is never deleted by itself. The schedule of any other job starts again when it is added
   * again.
   *
   * @return whether there was one with this id
   */
  boolean remove(String id);

  /** Removes all periodic jobs. */
  void clear();

  /** The current periodic jobs. */
  List<PeriodicJob> list();
}
