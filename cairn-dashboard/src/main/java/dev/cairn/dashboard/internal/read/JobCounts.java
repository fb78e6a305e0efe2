package dev.cairn.dashboard.internal.read;

import dev.cairn.JobState;
import dev.cairn.dashboard.internal.read.JobLists.Order;
import dev.cairn.dashboard.internal.read.JobLists.Page;
import dev.cairn.dashboard.internal.read.JobLists.Place;
import dev.cairn.dashboard.internal.read.JobLists.Places;
import java.sql.SQLException;
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

  private JobCounts() {}

  /**
   * Counts by state.
   *
   * @param complete whether all jobs were looked at
   */
  public record Counts(Map<JobState, Long> states, boolean complete) {}

  public static Counts of(Snapshot snapshot, JobFilter filter) throws SQLException {
    Places places =
        JobPlaces.of(
            snapshot, filter, new Page(Order.ID, true, JobLists.SCAN_MAX, null), JobLists.SCAN_MAX);
    var conditions = new FilterSql(filter);
    var counts = new EnumMap<JobState, Long>(JobState.class);
    for (List<Long> some : bites(places.places().stream().map(Place::id).toList())) {
      var values = new HashMap<>(conditions.values());
      values.put("chosen", some);
      snapshot
          .list(
              """
              SELECT job.state::text, count(*)
              FROM {schema}.river_job AS job
              WHERE job.id = ANY (:chosen::bigint[])%s
              GROUP BY job.state
              """
                  .formatted(conditions.and()),
              values,
              row -> Map.entry(JobSummaries.state(row.getString(1)), row.getLong(2)))
          .forEach(entry -> counts.merge(entry.getKey(), entry.getValue(), Long::sum));
    }
    return new Counts(counts, places.complete());
  }

  /**
   * Ids of the jobs of a filter, the newest first.
   *
   * @param complete whether there are no others
   */
  public record Ids(List<Long> ids, boolean complete) {}

  /** At most so many ids, of as many jobs as {@code scan} says. */
  public static Ids ids(Snapshot snapshot, JobFilter filter, int most, int scan)
      throws SQLException {
    Optional<List<Long>> few = FewJobs.of(snapshot, filter);
    return few.isPresent()
        ? among(snapshot, filter, few.get(), most)
        : newest(snapshot, filter, most, scan);
  }

  private static Ids among(Snapshot snapshot, JobFilter filter, List<Long> few, int most)
      throws SQLException {
    var conditions = new FilterSql(filter);
    var ids = new ArrayList<Long>();
    for (List<Long> some : bites(few.stream().sorted(Comparator.reverseOrder()).toList())) {
      Map<String, Object> values = new HashMap<>(conditions.values());
      values.put("chosen", some);
      ids.addAll(
          snapshot.list(
              """
              SELECT job.id
              FROM {schema}.river_job AS job
              WHERE job.id = ANY (:chosen::bigint[])%s
              ORDER BY job.id DESC
              """
                  .formatted(conditions.and()),
              values,
              row -> row.getLong(1)));
      if (ids.size() > most) {
        return new Ids(List.copyOf(ids.subList(0, most)), false);
      }
    }
    return new Ids(List.copyOf(ids), true);
  }

  /**
   * In one statement, unless it reads arguments or metadata. These may be long, and then a
   * statement has not the time to read all of them.
   */
  private static Ids newest(Snapshot snapshot, JobFilter filter, int most, int scan)
      throws SQLException {
    int bite = filter.args() == null && filter.metadata() == null ? scan : Math.min(BITE, scan);
    var ids = new ArrayList<Long>();
    OptionalLong from = OptionalLong.of(Long.MAX_VALUE);
    for (int seen = 0; seen < scan && from.isPresent() && ids.size() <= most; seen += bite) {
      ids.addAll(newest(snapshot, filter, from.getAsLong(), bite, most + 1 - ids.size()));
      from = behind(snapshot, from.getAsLong(), bite);
    }
    return ids.size() > most
        ? new Ids(List.copyOf(ids.subList(0, most)), false)
        : new Ids(List.copyOf(ids), from.isEmpty());
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
