package dev.cairn;

import dev.cairn.internal.upkeep.PeriodicRegistry;
import dev.cairn.schedule.PeriodicJob;
import java.util.List;

/** The periodic jobs that this client inserts while it leads. Thread-safe. */
public final class PeriodicJobs {
  private final PeriodicRegistry registry;

  PeriodicJobs(PeriodicRegistry registry) {
    this.registry = registry;
  }

  /**
   * Adds a periodic job, from now on if this client leads.
   *
   * @throws IllegalArgumentException if there is one with its id
   */
  public void add(PeriodicJob job) {
    registry.add(job);
  }

  /**
   * Removes a periodic job. What a durable one remembers is kept; any other begins anew when it is
   * added again.
   *
   * @return whether there was one with this id
   */
  public boolean remove(String id) {
    return registry.remove(id);
  }

  /** Removes all. */
  public void clear() {
    registry.clear();
  }

  /** Those that were added and not removed. */
  public List<PeriodicJob> list() {
    return registry.jobs();
  }
}
