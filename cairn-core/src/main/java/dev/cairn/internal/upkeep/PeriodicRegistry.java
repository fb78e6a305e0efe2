package dev.cairn.internal.upkeep;

import dev.cairn.schedule.PeriodicJob;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/** The periodic jobs of a client. Thread-safe. */
public final class PeriodicRegistry {
  private final ConcurrentMap<String, Registration> jobs = new ConcurrentHashMap<>();
  private volatile Runnable onChange = () -> {};
  private volatile Runnable onTermBegin = () -> {};

  public void add(PeriodicJob job) {
    if (jobs.putIfAbsent(job.id(), new Registration(job)) != null) {
      throw new IllegalArgumentException(
          "a periodic job with the id '%s' already exists [CAIRN-109]".formatted(job.id()));
    }
    onChange.run();
  }

  public boolean remove(String id) {
    return jobs.remove(id) != null;
  }

  public void clear() {
    jobs.clear();
  }

  public List<PeriodicJob> jobs() {
    return jobs.values().stream().map(Registration::job).toList();
  }

  List<Registration> registrations() {
    return List.copyOf(jobs.values());
  }

  /** One registration of a job. A job that is removed and added again has a new registration. */
  static final class Registration {
    private final PeriodicJob job;

    private Registration(PeriodicJob job) {
      this.job = job;
    }

    PeriodicJob job() {
      return job;
    }
  }

  /** Registers an action that runs whenever this client becomes leader. */
  public void whenTermBegins(Runnable action) {
    onTermBegin = action;
  }

  void termBegins() {
    onTermBegin.run();
  }

  void whenChanged(Runnable action) {
    onChange = action;
  }
}
