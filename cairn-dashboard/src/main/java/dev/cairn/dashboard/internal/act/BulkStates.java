package dev.cairn.dashboard.internal.act;

import dev.cairn.JobState;
import dev.cairn.dashboard.Verb;
import dev.cairn.dashboard.internal.answer.Refusal;
import dev.cairn.dashboard.internal.read.JobFilter;
import java.util.EnumSet;
import java.util.Set;

/**
 * Which jobs a bulk act is for: those of a filter in the states that the verb fits, as on the
 * command line.
 */
final class BulkStates {
  private static final Set<JobState> ENDED =
      EnumSet.of(JobState.COMPLETED, JobState.CANCELLED, JobState.DISCARDED);

  private BulkStates() {}

  /** The states of the jobs that a verb is for if no state is named. */
  private static EnumSet<JobState> unlessNamed(Verb verb) {
    return switch (verb) {
      case CANCEL -> EnumSet.complementOf(EnumSet.copyOf(ENDED));
      case INTERRUPT -> EnumSet.of(JobState.RUNNING);
      case RETRY -> EnumSet.of(JobState.RETRYABLE, JobState.DISCARDED, JobState.CANCELLED);
      case DELETE -> EnumSet.copyOf(ENDED);
      default ->
          throw Refusal.invalid(
              "Many jobs at once can only be retried, cancelled, interrupted or deleted, not: "
                  + verb.label());
    };
  }

  /** Further states that may be named. */
  private static Set<JobState> ifNamed(Verb verb) {
    return switch (verb) {
      case RETRY -> EnumSet.of(JobState.COMPLETED, JobState.SCHEDULED, JobState.PENDING);
      case DELETE -> EnumSet.complementOf(EnumSet.of(JobState.RUNNING));
      default -> Set.of();
    };
  }

  /**
   * The jobs of the filter that the verb fits. Jobs that are named by nothing but their ids count
   * as named in any state; but a completed job would start from zero, so it is retried only if the
   * state is named.
   */
  static JobFilter fitting(Verb verb, JobFilter filter) {
    EnumSet<JobState> states = unlessNamed(verb);
    if (!filter.states().isEmpty()) {
      states.addAll(ifNamed(verb));
      states.retainAll(filter.states());
    } else if (filter.equals(JobFilter.ALL.withIds(filter.ids()))) {
      states.addAll(ifNamed(verb));
      if (verb == Verb.RETRY) {
        states.remove(JobState.COMPLETED);
      }
    }
    if (states.isEmpty()) {
      throw Refusal.invalid(
          "The verb %s fits no job in the states of the search.".formatted(verb.label()));
    }
    return filter.withStates(states);
  }
}
