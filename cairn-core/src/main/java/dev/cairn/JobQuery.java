package dev.cairn;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Which jobs to list or delete, in which order. Begin with {@link #all()} and narrow it. A filter
 * that was not set is null and does not narrow. One that was set to nothing, such as {@code
 * withIds(Set.of())} or {@code withStates()}, matches no job. A value may be named twice.
 * Immutable.
 *
 * @param tagsAll tags that a job must all have
 * @param tagsAny tags of which a job must have one
 * @param metadata a JSON object that the metadata must contain, as PostgreSQL's {@code @>} has it
 * @param created when it was inserted
 * @param scheduled when it is or was due
 * @param finalized when it ended; a job that has not is in no range but {@link TimeRange#ANY}
 * @param where a condition of your own
 * @param order by what the list is sorted, and then by id
 * @param descending whether the last comes first
 * @param limit the most jobs of a page, 1 to 10,000; 100 unless set
 * @param scanLimit the most jobs that are looked at for a page; null for no limit
 * @param after where the page before ended
 */
public record JobQuery(
    @Nullable Set<Long> ids,
    @Nullable Set<String> kinds,
    @Nullable Set<String> queues,
    @Nullable Set<Integer> priorities,
    @Nullable Set<JobState> states,
    @Nullable List<String> tagsAll,
    @Nullable List<String> tagsAny,
    @Nullable String metadata,
    TimeRange created,
    TimeRange scheduled,
    TimeRange finalized,
    @Nullable JobCondition where,
    Order order,
    boolean descending,
    int limit,
    @Nullable Integer scanLimit,
    @Nullable JobCursor after) {
  private static final int LIMIT_MAX = 10_000;
  private static final JobQuery ALL = new Draft().build();

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
    ids = ids == null ? null : Set.copyOf(ids);
    kinds = kinds == null ? null : Set.copyOf(kinds);
    queues = queues == null ? null : Set.copyOf(queues);
    priorities = priorities == null ? null : Set.copyOf(priorities);
    states = states == null ? null : Set.copyOf(states);
    tagsAll = tagsAll == null ? null : List.copyOf(tagsAll);
    tagsAny = tagsAny == null ? null : List.copyOf(tagsAny);
    if (limit < 1 || limit > LIMIT_MAX) {
      throw new IllegalArgumentException(
          "limit must be 1 to %d, not %d".formatted(LIMIT_MAX, limit));
    }
    if (scanLimit != null && scanLimit < 1) {
      throw new IllegalArgumentException("scanLimit must be at least 1, not " + scanLimit);
    }
    if (scanLimit != null && order != Order.ID) {
      throw new IllegalArgumentException(
          "a scan limit counts jobs in the order of their ids, but the query asks for %s"
              .formatted(order));
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
    return with(draft -> draft.ids = wanted);
  }

  public JobQuery withKinds(String... wanted) {
    return with(draft -> draft.kinds = Set.copyOf(List.of(wanted)));
  }

  public JobQuery withQueues(String... wanted) {
    return with(draft -> draft.queues = Set.copyOf(List.of(wanted)));
  }

  public JobQuery withPriorities(Integer... wanted) {
    return with(draft -> draft.priorities = Set.copyOf(List.of(wanted)));
  }

  public JobQuery withStates(JobState... wanted) {
    return with(draft -> draft.states = Set.copyOf(List.of(wanted)));
  }

  public JobQuery withTagsAll(String... wanted) {
    return with(draft -> draft.tagsAll = List.of(wanted));
  }

  public JobQuery withTagsAny(String... wanted) {
    return with(draft -> draft.tagsAny = List.of(wanted));
  }

  public JobQuery withMetadata(String contained) {
    return with(draft -> draft.metadata = contained);
  }

  /** Inserted in this range; either end may be open. */
  public JobQuery withCreated(@Nullable Instant from, @Nullable Instant to) {
    return with(draft -> draft.created = new TimeRange(from, to));
  }

  /** Due in this range; either end may be open. */
  public JobQuery withScheduled(@Nullable Instant from, @Nullable Instant to) {
    return with(draft -> draft.scheduled = new TimeRange(from, to));
  }

  /** Ended in this range; either end may be open. */
  public JobQuery withFinalized(@Nullable Instant from, @Nullable Instant to) {
    return with(draft -> draft.finalized = new TimeRange(from, to));
  }

  /**
   * For which a condition in SQL holds; replaces an earlier one. See {@link JobCondition} for what
   * it may be.
   *
   * @throws IllegalArgumentException if it names a value that is not given
   */
  public JobQuery where(String sql, Map<String, Object> values) {
    return with(draft -> draft.where = new JobCondition(sql, values));
  }

  public JobQuery orderBy(Order by) {
    return with(draft -> draft.order = by);
  }

  public JobQuery latestFirst() {
    return with(draft -> draft.descending = true);
  }

  public JobQuery withLimit(int most) {
    return with(draft -> draft.limit = most);
  }

  /**
   * Looks at no more than this many jobs for a page, by id, whether the filters match them or not.
   * So a search by something that no index has, such as a tag, takes no longer the more jobs there
   * are: a page that ends there has fewer jobs than its limit, or none, and a next one all the
   * same.
   *
   * @throws IllegalArgumentException if the list is not in the order of ids
   */
  public JobQuery withScanLimit(int most) {
    return with(draft -> draft.scanLimit = most);
  }

  /** The page after this one. */
  public JobQuery after(JobCursor cursor) {
    return with(draft -> draft.after = cursor);
  }

  private JobQuery with(Consumer<Draft> change) {
    var draft = new Draft(this);
    change.accept(draft);
    return draft.build();
  }

  /** A query in the making, so that each method says only what it changes. */
  private static final class Draft {
    private @Nullable Set<Long> ids;
    private @Nullable Set<String> kinds;
    private @Nullable Set<String> queues;
    private @Nullable Set<Integer> priorities;
    private @Nullable Set<JobState> states;
    private @Nullable List<String> tagsAll;
    private @Nullable List<String> tagsAny;
    private @Nullable String metadata;
    private TimeRange created = TimeRange.ANY;
    private TimeRange scheduled = TimeRange.ANY;
    private TimeRange finalized = TimeRange.ANY;
    private @Nullable JobCondition where;
    private Order order = Order.ID;
    private boolean descending;
    private int limit = 100;
    private @Nullable Integer scanLimit;
    private @Nullable JobCursor after;

    Draft() {}

    Draft(JobQuery query) {
      ids = query.ids;
      kinds = query.kinds;
      queues = query.queues;
      priorities = query.priorities;
      states = query.states;
      tagsAll = query.tagsAll;
      tagsAny = query.tagsAny;
      metadata = query.metadata;
      created = query.created;
      scheduled = query.scheduled;
      finalized = query.finalized;
      where = query.where;
      order = query.order;
      descending = query.descending;
      limit = query.limit;
      scanLimit = query.scanLimit;
      after = query.after;
    }

    JobQuery build() {
      return new JobQuery(
          ids,
          kinds,
          queues,
          priorities,
          states,
          tagsAll,
          tagsAny,
          metadata,
          created,
          scheduled,
          finalized,
          where,
          order,
          descending,
          limit,
          scanLimit,
          after);
    }
  }
}
