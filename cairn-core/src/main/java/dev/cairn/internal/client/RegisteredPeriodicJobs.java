package dev.cairn.internal.client;

import dev.cairn.internal.upkeep.PeriodicRegistry;
import dev.cairn.schedule.PeriodicJob;
import dev.cairn.schedule.PeriodicJobs;
import java.util.List;

/** The implementation of {@link PeriodicJobs}. */
public final class RegisteredPeriodicJobs implements PeriodicJobs {
  private final PeriodicRegistry registry;

  public RegisteredPeriodicJobs(PeriodicRegistry registry) {
    this.registry = registry;
  }

  @Override
  public void add(PeriodicJob job) {
    registry.add(job);
  }

  @Override
  public boolean remove(String id) {
    return registry.remove(id);
  }

  @Override
  public void clear() {
    registry.clear();
  }

  @Override
  public List<PeriodicJob> list() {
    return registry.jobs();
  }
}
