package dev.cairn.cli.jobs;

import dev.cairn.JobRow;
import dev.cairn.JobState;
import dev.cairn.jobs.JobOperator;
import dev.cairn.jobs.JobQuery;
import dev.cairn.jobs.Jobs;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Function;

/** What can be done to many jobs at once. */
enum BulkVerb {
  CANCEL(
      "cancelled",
      EnumSet.complementOf(EnumSet.of(JobState.COMPLETED, JobState.CANCELLED, JobState.DISCARDED)),
      EnumSet.noneOf(JobState.class)) {
    @Override
    List<JobRow> apply(Jobs jobs, Function<Jobs, JobOperator> by, JobQuery query) {
      return by.apply(jobs).cancelMany(query);
    }
  },
  RETRY(
      "retried",
      EnumSet.of(JobState.RETRYABLE, JobState.DISCARDED, JobState.CANCELLED),
      EnumSet.of(JobState.COMPLETED, JobState.SCHEDULED, JobState.PENDING)) {
    @Override
    List<JobRow> apply(Jobs jobs, Function<Jobs, JobOperator> by, JobQuery query) {
      return by.apply(jobs).retryMany(query);
    }
  },
  DELETE(
      "deleted",
      EnumSet.of(JobState.COMPLETED, JobState.CANCELLED, JobState.DISCARDED),
      EnumSet.of(JobState.AVAILABLE, JobState.PENDING, JobState.RETRYABLE, JobState.SCHEDULED)) {
    @Override
    List<JobRow> apply(Jobs jobs, Function<Jobs, JobOperator> by, JobQuery query) {
      return jobs.deleteMany(query);
    }
  };

  private final String done;

  @SuppressWarnings("ImmutableEnumChecker") // a copy that cannot be changed
  private final Set<JobState> unlessSaid;

  @SuppressWarnings("ImmutableEnumChecker") // as above
  private final Set<JobState> ifSaid;

  /**
   * @param unlessSaid the states of the jobs to change if no state is given
   * @param ifSaid further states that may be given
   */
  BulkVerb(String done, Set<JobState> unlessSaid, Set<JobState> ifSaid) {
    this.done = done;
    this.unlessSaid = Set.copyOf(unlessSaid);
    this.ifSaid = Set.copyOf(ifSaid);
  }

  abstract List<JobRow> apply(Jobs jobs, Function<Jobs, JobOperator> by, JobQuery query);

  String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Its participle. */
  String done() {
    return done;
  }

  /**
   * The states of the jobs that it acts on.
   *
   * @param said the states that the user has named; empty for none
   */
  JobState[] states(Set<JobState> said) {
    Set<JobState> states = EnumSet.copyOf(unlessSaid);
    if (!said.isEmpty()) {
      states.addAll(ifSaid);
      states.retainAll(said);
    }
    return states.toArray(JobState[]::new);
  }
}
