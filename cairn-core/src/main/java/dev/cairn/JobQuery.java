package dev.cairn;

import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which jobs to list or delete, in which order. Begin with {@link #all()} and narrow it; what is
 * not said does not narrow. Immutable.
 *
 * @param tagsAll tags that a job must all have
 * @param tagsAny tags of which a job must have one
 * @param metadata a JSON object that the metadata must contain, as PostgreSQL's {@code @>} has it
 * @param createdFrom the earliest insertion, inclusive
 * @param createdTo the latest insertion, exclusive
 * @param order by what the list is sorted, and then by id
 * @param descending whether the last comes first
 * @param limit the most jobs of a page, 1 to 10,000; 100 unless set
 * @param after where the page before ended
 */
public record JobQuery(
    Set<Long> ids,
    Set<String> kinds,
    Set<String> queues,
    Set<Integer> priorities,
    Set<JobState> states,
    List<String> tagsAll,
    List<String> tagsAny,
    @Nullable String metadata,
    @Nullable Instant createdFrom,
    @Nullable Instant createdTo,
    Order order,
    boolean descending,
    int limit,
    @Nullable JobCursor after) {
  private static final int LIMIT_MAX = 10_000;
  private static final JobQuery ALL =
      new JobQuery(
          Set.of(), Set.of(), Set.of(), Set.of(), Set.of(), List.of(), List.of(), null, null, null,
          Order.ID, false, 100, null);

  /** By what a list of jobs is sorted. */
  public enum Order {
    ID,
    SCHEDULED_AT,
    /** Only jobs that have ended. */
    FINALIZED_AT,
    /** When it ended, was claimed or becomes due: what suits the state of each job. */
    TIME
  }

  public JobQuery {
    ids = Set.copyOf(ids);
    kinds = Set.copyOf(kinds);
    queues = Set.copyOf(queues);
    priorities = Set.copyOf(priorities);
    states = Set.copyOf(states);
    tagsAll = List.copyOf(tagsAll);
    tagsAny = List.copyOf(tagsAny);
    if (limit < 1 || limit > LIMIT_MAX) {
      throw new IllegalArgumentException(
          "limit must be 1 to %d, not %d".formatted(LIMIT_MAX, limit));
    }
    if (metadata != null) {
      NewJobs.requireObject("the metadata of a query", metadata);
    }
    if (after != null && after.order() != order) {
      throw new IllegalArgumentException(
          "the cursor is of a list in the order %s, but the query asks for %s"
              .formatted(after.order(), order));
    }
  }

  /** All jobs, by id, a hundred at a time. */
  public static JobQuery all() {
    return ALL;
  }

  public JobQuery withIds(Set<Long> wanted) {
    return new JobQuery(
        wanted,
        kinds,
        queues,
        priorities,
        states,
        tagsAll,
        tagsAny,
        metadata,
        createdFrom,
        createdTo,
        order,
        descending,
        limit,
        after);
  }

  public JobQuery withKinds(String... wanted) {
    return new JobQuery(
        ids,
        Set.of(wanted),
        queues,
        priorities,
        states,
        tagsAll,
        tagsAny,
        metadata,
        createdFrom,
        createdTo,
        order,
        descending,
        limit,
        after);
  }

  public JobQuery withQueues(String... wanted) {
    return new JobQuery(
        ids,
        kinds,
        Set.of(wanted),
        priorities,
        states,
        tagsAll,
        tagsAny,
        metadata,
        createdFrom,
        createdTo,
        order,
        descending,
        limit,
        after);
  }

  public JobQuery withPriorities(Integer... wanted) {
    return new JobQuery(
        ids,
        kinds,
        queues,
        Set.of(wanted),
        states,
        tagsAll,
        tagsAny,
        metadata,
        createdFrom,
        createdTo,
        order,
        descending,
        limit,
        after);
  }

  public JobQuery withStates(JobState... wanted) {
    return new JobQuery(
        ids,
        kinds,
        queues,
        priorities,
        Set.of(wanted),
        tagsAll,
        tagsAny,
        metadata,
        createdFrom,
        createdTo,
        order,
        descending,
        limit,
        after);
  }

  public JobQuery withTagsAll(String... wanted) {
    return new JobQuery(
        ids,
        kinds,
        queues,
        priorities,
        states,
        List.of(wanted),
        tagsAny,
        metadata,
        createdFrom,
        createdTo,
        order,
        descending,
        limit,
        after);
  }

  public JobQuery withTagsAny(String... wanted) {
    return new JobQuery(
        ids,
        kinds,
        queues,
        priorities,
        states,
        tagsAll,
        List.of(wanted),
        metadata,
        createdFrom,
        createdTo,
        order,
        descending,
        limit,
        after);
  }

  public JobQuery withMetadata(String contained) {
    return new JobQuery(
        ids,
        kinds,
        queues,
        priorities,
        states,
        tagsAll,
        tagsAny,
        contained,
        createdFrom,
        createdTo,
        order,
        descending,
        limit,
        after);
  }

  /** Inserted in this range; either end may be open. */
  public JobQuery withCreated(@Nullable Instant from, @Nullable Instant to) {
    return new JobQuery(
        ids,
        kinds,
        queues,
        priorities,
        states,
        tagsAll,
        tagsAny,
        metadata,
        from,
        to,
        order,
        descending,
        limit,
        after);
  }

  public JobQuery orderBy(Order by) {
    return new JobQuery(
        ids,
        kinds,
        queues,
        priorities,
        states,
        tagsAll,
        tagsAny,
        metadata,
        createdFrom,
        createdTo,
        by,
        descending,
        limit,
        after);
  }

  public JobQuery latestFirst() {
    return new JobQuery(
        ids,
        kinds,
        queues,
        priorities,
        states,
        tagsAll,
        tagsAny,
        metadata,
        createdFrom,
        createdTo,
        order,
        true,
        limit,
        after);
  }

  public JobQuery withLimit(int most) {
    return new JobQuery(
        ids,
        kinds,
        queues,
        priorities,
        states,
        tagsAll,
        tagsAny,
        metadata,
        createdFrom,
        createdTo,
        order,
        descending,
        most,
        after);
  }

  /** The page after this one. */
  public JobQuery after(JobCursor cursor) {
    return new JobQuery(
        ids,
        kinds,
        queues,
        priorities,
        states,
        tagsAll,
        tagsAny,
        metadata,
        createdFrom,
        createdTo,
        order,
        descending,
        limit,
        cursor);
  }
}
