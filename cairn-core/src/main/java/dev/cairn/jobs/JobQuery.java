package dev.cairn.jobs;

import dev.cairn.JobRow;
import dev.cairn.JobState;
import dev.cairn.internal.json.StorableJson;
import dev.cairn.internal.options.Option;
import dev.cairn.internal.options.Options;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which jobs to list, cancel, retry or delete, in which order. Start with {@link #all()} and narrow
 * it. A filter that is not set is null and matches all jobs. A filter that is set to nothing, such
 * as {@code withIds(Set.of())} or {@code withStates()}, matches no job. A value may be named twice.
 * Immutable.
 */
public final class JobQuery {
  private static final Option<@Nullable Set<Long>> IDS = Option.of("ids");
  private static final Option<@Nullable Set<String>> KINDS = Option.of("kinds");
  private static final Option<@Nullable Set<String>> QUEUES = Option.of("queues");
  private static final Option<@Nullable Set<Integer>> PRIORITIES = Option.of("priorities");
  private static final Option<@Nullable Set<JobState>> STATES = Option.of("states");
  private static final Option<@Nullable List<String>> TAGS_ALL = Option.of("tagsAll");
  private static final Option<@Nullable List<String>> TAGS_ANY = Option.of("tagsAny");
  private static final Option<@Nullable String> METADATA = Option.of("metadata");
  private static final Option<TimeRange> CREATED = Option.of("created", TimeRange.ANY);
  private static final Option<TimeRange> SCHEDULED = Option.of("scheduled", TimeRange.ANY);
  private static final Option<TimeRange> FINALIZED = Option.of("finalized", TimeRange.ANY);
  private static final Option<@Nullable JobCondition> WHERE = Option.of("where");
  private static final Option<Order> ORDER = Option.of("order", Order.ID);
  private static final Option<Boolean> DESCENDING = Option.of("descending", false);
  private static final Option<Integer> LIMIT = Option.of("limit", 100);
  private static final Option<@Nullable Integer> SCAN_LIMIT = Option.of("scanLimit");
  private static final Option<@Nullable JobCursor> AFTER = Option.of("after");
  private static final Option<Boolean> CONTENTS = Option.of("contents", true);

  private static final int LIMIT_MAX = 10_000;
  private static final JobQuery ALL = new JobQuery(Options.none());

  private final Options options;

  /** The order of a list of jobs. May get further constants. */
  public enum Order {
    ID,
    SCHEDULED_AT,
    /** Only jobs that have ended. */
    FINALIZED_AT,
    /** When it ended, was claimed or becomes due, depending on the state of each job. */
    TIME
  }

  private JobQuery(Options options) {
    this.options = options;
    if (scanLimit() != null && order() != Order.ID) {
      throw new IllegalArgumentException(
          "a scan limit counts jobs in the order of their ids, but the query asks for %s"
              .formatted(order()));
    }
    if (after() != null && after().order() != order()) {
      throw new IllegalArgumentException(
          "the cursor is of a list in the order %s, but the query asks for %s"
              .formatted(after().order(), order()));
    }
  }

  /** All jobs, by id, a hundred at a time. */
  public static JobQuery all() {
    return ALL;
  }

  private <T extends @Nullable Object> JobQuery with(Option<T> option, T value) {
    return new JobQuery(options.with(option, value));
  }

  /** The ids that match. */
  public @Nullable Set<Long> ids() {
    return options.get(IDS);
  }

  /** Only jobs with one of these ids. */
  public JobQuery withIds(Set<Long> wanted) {
    return with(IDS, Set.copyOf(wanted));
  }

  /** The kinds that match. */
  public @Nullable Set<String> kinds() {
    return options.get(KINDS);
  }

  /** Only jobs of these kinds. */
  public JobQuery withKinds(String... wanted) {
    return with(KINDS, Set.copyOf(List.of(wanted)));
  }

  /** The queues that match. */
  public @Nullable Set<String> queues() {
    return options.get(QUEUES);
  }

  /** Only jobs of these queues. */
  public JobQuery withQueues(String... wanted) {
    return with(QUEUES, Set.copyOf(List.of(wanted)));
  }

  /** The priorities that match, 1 to 4. */
  public @Nullable Set<Integer> priorities() {
    return options.get(PRIORITIES);
  }

  /** Only jobs with one of these priorities, 1 to 4. */
  public JobQuery withPriorities(Integer... wanted) {
    return with(PRIORITIES, Set.copyOf(List.of(wanted)));
  }

  /** The states that match. */
  public @Nullable Set<JobState> states() {
    return options.get(STATES);
  }

  /** Only jobs in one of these states. */
  public JobQuery withStates(JobState... wanted) {
    return with(STATES, Set.copyOf(List.of(wanted)));
  }

  /** Tags that a job must all have. */
  public @Nullable List<String> tagsAll() {
    return options.get(TAGS_ALL);
  }

  /** Only jobs that have all these tags. */
  public JobQuery withTagsAll(String... wanted) {
    return with(TAGS_ALL, List.of(wanted));
  }

  /** Tags of which a job must have at least one. */
  public @Nullable List<String> tagsAny() {
    return options.get(TAGS_ANY);
  }

  /** Only jobs that have at least one of these tags. */
  public JobQuery withTagsAny(String... wanted) {
    return with(TAGS_ANY, List.of(wanted));
  }

  /** A JSON object that the metadata must contain, by PostgreSQL's {@code @>}. */
  public @Nullable String metadata() {
    return options.get(METADATA);
  }

  /**
   * Only jobs whose metadata contain this JSON object, by PostgreSQL's {@code @>}.
   *
   * @throws IllegalArgumentException if it is not a JSON object
   */
  public JobQuery withMetadata(String contained) {
    return with(METADATA, StorableJson.requireObject("the metadata of a query", contained));
  }

  /** When it was inserted. */
  public TimeRange created() {
    return options.get(CREATED);
  }

  /** Only jobs that were inserted in this range; null leaves an end open. */
  public JobQuery withCreated(@Nullable Instant from, @Nullable Instant to) {
    return with(CREATED, new TimeRange(from, to));
  }

  /** When it is or was due. */
  public TimeRange scheduled() {
    return options.get(SCHEDULED);
  }

  /** Only jobs that are or were due in this range; null leaves an end open. */
  public JobQuery withScheduled(@Nullable Instant from, @Nullable Instant to) {
    return with(SCHEDULED, new TimeRange(from, to));
  }

  /** When it ended; a job that has not ended is only in the range {@link TimeRange#ANY}. */
  public TimeRange finalized() {
    return options.get(FINALIZED);
  }

  /** Only jobs that ended in this range; null leaves an end open. */
  public JobQuery withFinalized(@Nullable Instant from, @Nullable Instant to) {
    return with(FINALIZED, new TimeRange(from, to));
  }

  /** A condition of your own. */
  public @Nullable JobCondition where() {
    return options.get(WHERE);
  }

  /**
   * Only jobs for which a condition in SQL is true. Replaces an earlier condition. See {@link
   * JobCondition}.
   *
   * @throws IllegalArgumentException if it names a value that is not given
   */
  public JobQuery where(String sql, Map<String, Object> values) {
    return with(WHERE, new JobCondition(sql, values));
  }

  /** The order of the list; jobs that are equal in it are sorted by id. */
  public Order order() {
    return options.get(ORDER);
  }

  /** What the list is sorted by; jobs that are equal in that are sorted by id. */
  public JobQuery orderBy(Order by) {
    return with(ORDER, Objects.requireNonNull(by, "by"));
  }

  /** Whether the order is reversed. */
  public boolean descending() {
    return options.get(DESCENDING);
  }

  /** Reverses the order: the latest job, or the highest id, comes first. */
  public JobQuery latestFirst() {
    return with(DESCENDING, true);
  }

  /** The maximum number of jobs in a page; 100 unless set. */
  public int limit() {
    return options.get(LIMIT);
  }

  /**
   * Limits a page to this many jobs, 1 to 10,000.
   *
   * @throws IllegalArgumentException if the number is out of range
   */
  public JobQuery withLimit(int most) {
    if (most < 1 || most > LIMIT_MAX) {
      throw new IllegalArgumentException(
          "limit must be 1 to %d, not %d".formatted(LIMIT_MAX, most));
    }
    return with(LIMIT, most);
  }

  /** The maximum number of jobs that are examined for a page; null for no limit. */
  public @Nullable Integer scanLimit() {
    return options.get(SCAN_LIMIT);
  }

  /**
   * Examines at most this many jobs for a page, in the order of their ids, whether or not they
   * match. A search by something without an index, such as a tag, then takes the same time however
   * many jobs there are. A page that reaches this limit may have few jobs or none, and still has a
   * next page.
   *
   * @throws IllegalArgumentException if the number is less than 1, or the list is not in the order
   *     of ids
   */
  public JobQuery withScanLimit(int most) {
    if (most < 1) {
      throw new IllegalArgumentException("scanLimit must be at least 1, not " + most);
    }
    return with(SCAN_LIMIT, most);
  }

  /** Whether the jobs come with their arguments, metadata and errors; true unless set. */
  public boolean contents() {
    return options.get(CONTENTS);
  }

  /**
   * Leaves arguments, metadata and errors in the database: {@link JobRow#args} and {@link
   * JobRow#metadata} of the jobs that are returned are empty objects, and {@link JobRow#errors} is
   * empty. Use it for many jobs of which you need only ids, kinds, states or times: the metadata of
   * a single job may have several megabytes, such as its log. Which jobs match does not change.
   */
  public JobQuery withoutContents() {
    return with(CONTENTS, false);
  }

  /** Where the page before ended; null for the first page. */
  public @Nullable JobCursor after() {
    return options.get(AFTER);
  }

  /**
   * Continues after the end of an earlier page.
   *
   * @throws IllegalArgumentException if the cursor is of a list in another order
   */
  public JobQuery after(JobCursor cursor) {
    return with(AFTER, Objects.requireNonNull(cursor, "cursor"));
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof JobQuery that && options.equals(that.options);
  }

  @Override
  public int hashCode() {
    return options.hashCode();
  }

  @Override
  public String toString() {
    return options.describe("JobQuery");
  }
}
