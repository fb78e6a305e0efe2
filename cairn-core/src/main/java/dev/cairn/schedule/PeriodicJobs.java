package dev.cairn.schedule;

import java.util.List;

/** The periodic jobs that this client inserts while it leads. Thread-safe. */
public interface PeriodicJobs {
  /**
   * Adds a periodic job, from now on if this client leads.
   *
   * @throws IllegalArgumentException if there is one with its id
   */
  void add(PeriodicJob job);

  /**
   * Removes a periodic job. What a durable one remembers is kept; any other begins anew when it is
   * added again.
   *
   * @return whether there was one with this id
   */
  boolean remove(String id);

  /** Removes all. */
  void clear();

  /** Those that were added and not removed. */
  List<PeriodicJob> list();
}
