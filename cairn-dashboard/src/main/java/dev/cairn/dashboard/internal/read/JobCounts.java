package dev.cairn.dashboard.internal.read;

import dev.cairn.JobState;
import dev.cairn.dashboard.internal.read.JobLists.Order;
import dev.cairn.dashboard.internal.read.JobLists.Page;
import dev.cairn.dashboard.internal.read.JobLists.Place;
import dev.cairn.dashboard.internal.read.JobLists.Places;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/** Counts the jobs of a filter, as far as a page may look. */
public final class JobCounts {
  private static final int BITE = 5_000;

  /** Less than the twenty seconds for which a page waits. */
  private static final Duration PATIENCE = Duration.ofSeconds(15);

  private JobCounts() {}

  /**
   * Counts by state.
   *
   * @param complete whether all jobs were looked at
   */
  public record Counts(Map<JobState, Long> states, boolean complete) {}

  public static Counts of(Snapshot snapshot, JobFilter filter) throws SQLException {
    return of(snapshot, filter, PATIENCE);
  }

  /** For tests: with another time for all of it. */
  static Counts of(Snapshot snapshot, JobFilter filter, Duration patience) throws SQLException {
    var time = new TimeLeft(patience);
    Places places =
        JobPlaces.of(
            snapshot, filter, new Page(Order.ID, true, JobLists.SCAN_MAX, null), JobLists.SCAN_MAX);
    var conditions = new FilterSql(filter);
    var counts = new EnumMap<JobState, Long>(JobState.class);
    for (List<Long> some : bites(places.places().stream().map(Place::id).toList())) {
      Optional<List<Map.Entry<JobState, Long>>> found =
          time.of(snapshot, bite -> states(bite, conditions, some));
      if (found.isEmpty()) {
        return new Counts(counts, false);
      }
      found.get().forEach(entry -> counts.merge(entry.getKey(), entry.getValue(), Long::sum));
    }
    return new Counts(counts, places.complete());
  }

  private static List<Map.Entry<JobState, Long>> states(
      Snapshot snapshot, FilterSql conditions, List<Long> chosen) throws SQLException {
    var values = new HashMap<>(conditions.values());
    values.put("chosen", chosen);
    return snapshot.list(
        """
        SELECT job.state::text, count(*)
        FROM {schema}.river_job AS job
        WHERE job.id = ANY (:chosen::bigint[])%s
        GROUP BY job.state
        """
            .formatted(conditions.and()),
        values,
        row -> Map.entry(JobSummaries.state(row.getString(1)), row.getLong(2)));
  }

  /**
   * Ids of the jobs of a filter, the newest first.
   *
   * @param complete whether there are surely no others
   */
  public record Ids(List<Long> ids, boolean complete) {}

  /**
   * At most so many ids, of as many jobs as {@code scan} says. If the database takes long, those
   * that were found by then.
   */
  public static Ids ids(Snapshot snapshot, JobFilter filter, int most, int scan)
      throws SQLException {
    return ids(snapshot, filter, most, scan, PATIENCE);
  }

  /** For tests: with another time for all of it. */
  static Ids ids(Snapshot snapshot, JobFilter filter, int most, int scan, Duration patience)
      throws SQLException {
    var time = new TimeLeft(patience);
    Optional<List<Long>> few = FewJobs.of(snapshot, filter);
    return few.isPresent()
        ? among(snapshot, filter, few.get(), most, time)
        : newest(snapshot, filter, most, scan, time);
  }

  /**
   * The time that the bites of one answer may take together. Only the first has all the time that a
   * statement may take, and fails behind it: then nothing is known yet. Used by one thread.
   */
  private static final class TimeLeft {
    private final long end;
    private boolean begun;

    TimeLeft(Duration patience) {
      this.end = System.nanoTime() + patience.toNanos();
    }

    /** Takes a bite; empty if there was not enough time for it. */
    <T> Optional<T> of(Snapshot snapshot, Reader.Work<T> bite) throws SQLException {
      if (!begun) {
        begun = true;
        return Optional.of(bite.read(snapshot));
      }
      long millis = (end - System.nanoTime()) / 1_000_000;
      return millis <= 0
          ? Optional.empty()
          : snapshot.within((int) Math.min(millis, Reader.TIMEOUT_MS), bite);
    }
  }

  private static Ids among(
      Snapshot snapshot, JobFilter filter, List<Long> few, int most, TimeLeft time)
      throws SQLException {
    var conditions = new FilterSql(filter);
    var ids = new ArrayList<Long>();
    for (List<Long> some : bites(few.stream().sorted(Comparator.reverseOrder()).toList())) {
      Map<String, Object> values = new HashMap<>(conditions.values());
      values.put("chosen", some);
      Optional<List<Long>> found =
          time.of(
              snapshot,
              bite ->
                  bite.list(
                      """
                      SELECT job.id
                      FROM {schema}.river_job AS job
                      WHERE job.id = ANY (:chosen::bigint[])%s
                      ORDER BY job.id DESC
                      """
                          .formatted(conditions.and()),
                      values,
                      row -> row.getLong(1)));
      ids.addAll(found.orElse(List.of()));
      if (found.isEmpty() || ids.size() > most) {
        return new Ids(atMost(most, ids), false);
      }
    }
    return new Ids(List.copyOf(ids), true);
  }

  private static List<Long> atMost(int most, List<Long> ids) {
    return List.copyOf(ids.subList(0, Math.min(most, ids.size())));
  }

  /**
   * In one statement, unless it reads arguments or metadata. These may be long, and then a
   * statement has not the time to read all of them.
   */
  private static Ids newest(Snapshot snapshot, JobFilter filter, int most, int scan, TimeLeft time)
      throws SQLException {
    int bite = filter.args() == null && filter.metadata() == null ? scan : Math.min(BITE, scan);
    var ids = new ArrayList<Long>();
    OptionalLong from = OptionalLong.of(Long.MAX_VALUE);
    for (int seen = 0; seen < scan && from.isPresent() && ids.size() <= most; seen += bite) {
      long first = from.getAsLong();
      int wanted = most + 1 - ids.size();
      Optional<List<Long>> found =
          time.of(snapshot, some -> newest(some, filter, first, bite, wanted));
      ids.addAll(found.orElse(List.of()));
      Optional<OptionalLong> next =
          found.isEmpty() ? Optional.empty() : time.of(snapshot, some -> behind(some, first, bite));
      if (next.isEmpty()) {
        return new Ids(atMost(most, ids), false);
      }
      from = next.get();
    }
    return new Ids(atMost(most, ids), ids.size() <= most && from.isEmpty());
  }

  // It reads the rows in the order of their ids. To ask for a hundred thousand rows by their ids
  // took six times as long.
  private static List<Long> newest(
      Snapshot snapshot, JobFilter filter, long from, int bite, int most) throws SQLException {
    var conditions = new FilterSql(filter);
    Map<String, Object> values = new HashMap<>(conditions.values());
    values.put("from", from);
    values.put("bite", bite);
    values.put("most", most);
    return snapshot.list(
        """
        SELECT job.id
        FROM (
          SELECT * FROM {schema}.river_job WHERE id <= :from ORDER BY id DESC LIMIT :bite
        ) AS job
        WHERE true%s
        ORDER BY job.id DESC
        LIMIT :most
        """
            .formatted(conditions.and()),
        values,
        row -> row.getLong(1));
  }

  /** The first job behind so many; empty if there is none. */
  private static OptionalLong behind(Snapshot snapshot, long from, int jobs) throws SQLException {
    return snapshot
        .first(
            """
            SELECT id FROM {schema}.river_job
            WHERE id <= :from ORDER BY id DESC OFFSET :jobs LIMIT 1
            """,
            Map.of("from", from, "jobs", jobs),
            row -> OptionalLong.of(row.getLong(1)))
        .orElse(OptionalLong.empty());
  }

  private static List<List<Long>> bites(List<Long> ids) {
    var bites = new ArrayList<List<Long>>();
    for (int from = 0; from < ids.size(); from += BITE) {
      bites.add(ids.subList(from, Math.min(from + BITE, ids.size())));
    }
    return bites;
  }
}
