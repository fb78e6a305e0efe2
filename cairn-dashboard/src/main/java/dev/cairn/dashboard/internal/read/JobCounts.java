package dev.cairn.dashboard.internal.read;

import dev.cairn.JobState;
import dev.cairn.dashboard.internal.read.JobLists.Order;
import dev.cairn.dashboard.internal.read.JobLists.Page;
import dev.cairn.dashboard.internal.read.JobLists.Place;
import dev.cairn.dashboard.internal.read.JobLists.Places;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

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
    Places places = places(snapshot, filter, JobLists.SCAN_MAX);
    var counts = new EnumMap<JobState, Long>(JobState.class);
    for (List<Long> some : bites(places.places())) {
      var conditions = new FilterSql(filter);
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
    Places places = places(snapshot, filter, scan);
    var ids = new ArrayList<Long>();
    for (List<Long> some : bites(places.places())) {
      var conditions = new FilterSql(filter);
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
    return new Ids(List.copyOf(ids), places.complete());
  }

  private static Places places(Snapshot snapshot, JobFilter filter, int scan) throws SQLException {
    return JobPlaces.of(snapshot, filter, new Page(Order.ID, true, scan, null), scan);
  }

  private static List<List<Long>> bites(List<Place> places) {
    var bites = new ArrayList<List<Long>>();
    for (int from = 0; from < places.size(); from += BITE) {
      bites.add(
          places.subList(from, Math.min(from + BITE, places.size())).stream()
              .map(Place::id)
              .toList());
    }
    return bites;
  }
}
