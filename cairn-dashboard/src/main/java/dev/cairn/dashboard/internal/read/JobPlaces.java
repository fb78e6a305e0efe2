package dev.cairn.dashboard.internal.read;

import dev.cairn.JobState;
import dev.cairn.dashboard.internal.read.JobLists.Order;
import dev.cairn.dashboard.internal.read.JobLists.Page;
import dev.cairn.dashboard.internal.read.JobLists.Place;
import dev.cairn.dashboard.internal.read.JobLists.Places;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Finds where the jobs of a list may be, by indexes alone. */
final class JobPlaces {
  /** Queues and priorities whose jobs are merged into one list. */
  private static final int QUEUES_MAX = 400;

  private static final Set<JobState> FINAL =
      EnumSet.of(JobState.CANCELLED, JobState.COMPLETED, JobState.DISCARDED);

  private final Snapshot snapshot;
  private final JobFilter filter;
  private final Page page;
  private final int scan;

  private JobPlaces(Snapshot snapshot, JobFilter filter, Page page, int scan) {
    this.snapshot = snapshot;
    this.filter = filter;
    this.page = page;
    this.scan = scan;
  }

  static Places of(Snapshot snapshot, JobFilter filter, Page page, int scan) throws SQLException {
    return new JobPlaces(snapshot, filter, page, scan).places();
  }

  private Places places() throws SQLException {
    Optional<List<Long>> few = FewJobs.of(snapshot, filter);
    if (page.order() == Order.ID) {
      return few.isPresent()
          ? sorted(few.get().stream().map(id -> new Place(null, id)).toList())
          : walk();
    }
    return few.isPresent() ? sorted(timed(few.get())) : stretches();
  }

  private Comparator<Place> order() {
    Comparator<Place> order = Place::compare;
    return page.descending() ? order.reversed() : order;
  }

  private Places sorted(List<Place> places) {
    return new Places(places.stream().filter(this::isBehind).sorted(order()).toList(), true);
  }

  private boolean isBehind(Place place) {
    Place after = page.after();
    return after == null || order().compare(place, after) > 0;
  }

  private String direction() {
    return page.descending() ? "DESC" : "ASC";
  }

  private String beyond() {
    return page.descending() ? "<" : ">";
  }

  private Places walk() throws SQLException {
    boolean all = !filter.isNarrow() && filter.states().isEmpty() && filter.queues().isEmpty();
    int most = all ? page.limit() + 1 : scan;
    Place after = page.after();
    List<Place> places =
        snapshot.list(
            """
            SELECT job.id
            FROM {schema}.river_job AS job
            %s
            ORDER BY job.id %s
            LIMIT :most
            """
                .formatted(
                    after == null ? "" : "WHERE job.id %s :after_id".formatted(beyond()),
                    direction()),
            after == null ? Map.of("most", most) : Map.of("most", most, "after_id", after.id()),
            row -> new Place(null, row.getLong(1)));
    return new Places(places, places.size() < most);
  }

  private List<Place> timed(List<Long> ids) throws SQLException {
    return snapshot.list(
        """
        SELECT job.id, CASE
            WHEN job.finalized_at IS NOT NULL THEN job.finalized_at
            WHEN job.state = 'running' THEN coalesce(job.attempted_at, job.scheduled_at)
            ELSE job.scheduled_at END AS time
        FROM {schema}.river_job AS job
        WHERE job.id = ANY (:few::bigint[])
        """,
        Map.of("few", ids),
        row -> new Place(Snapshot.requiredTime(row, "time"), row.getLong(1)));
  }

  /** One place of a stretch of an index, which is named by its text. */
  private record OfStretch(String stretch, Place place) {}

  // A stretch that was cut has further jobs behind its last one. So nothing behind that place may
  // be taken of the other stretches either.
  private Places stretches() throws SQLException {
    int most = filter.isNarrow() || !filter.queues().isEmpty() ? scan / 8 : page.limit() + 1;
    var byStretch = new LinkedHashMap<String, List<Place>>();
    for (OfStretch each : all(most)) {
      byStretch.computeIfAbsent(each.stretch(), name -> new ArrayList<>()).add(each.place());
    }
    Place horizon = null;
    for (List<Place> stretch : byStretch.values()) {
      if (stretch.size() >= most) {
        Place end = stretch.getLast();
        horizon = horizon == null || order().compare(end, horizon) < 0 ? end : horizon;
      }
    }
    Place end = horizon;
    List<Place> places =
        byStretch.values().stream()
            .flatMap(List::stream)
            .filter(place -> end == null || order().compare(place, end) <= 0)
            .sorted(order())
            .toList();
    return new Places(places, end == null);
  }

  private List<OfStretch> all(int most) throws SQLException {
    var all = new ArrayList<OfStretch>();
    var waiting = EnumSet.noneOf(JobState.class);
    for (JobState state : JobState.values()) {
      if (!filter.states().isEmpty() && !filter.states().contains(state)) {
        continue;
      }
      if (FINAL.contains(state)) {
        all.addAll(byIndexOfEnds(state, most));
      } else {
        waiting.add(state);
      }
    }
    if (!waiting.isEmpty()) {
      all.addAll(byDueTime(waiting, most));
    }
    return all;
  }

  private List<OfStretch> byIndexOfEnds(JobState state, int most) throws SQLException {
    return snapshot.list(
        """
        SELECT job.id, job.finalized_at AS time
        FROM {schema}.river_job AS job
        WHERE job.state = '%s' AND job.finalized_at IS NOT NULL%s
        ORDER BY job.finalized_at %s, job.id %3$s
        LIMIT :most
        """
            .formatted(state.label(), after("job.finalized_at"), direction()),
        values(most),
        row ->
            new OfStretch(
                state.label(), new Place(Snapshot.requiredTime(row, "time"), row.getLong(1))));
  }

  private String after(String time) {
    return page.after() == null
        ? ""
        : " AND (%s, job.id) %s (:after_time::timestamptz, :after_id)".formatted(time, beyond());
  }

  private Map<String, @Nullable Object> values(int most) {
    var values = new HashMap<String, @Nullable Object>();
    values.put("most", most);
    Place after = page.after();
    if (after != null) {
      values.put("after_time", after.time());
      values.put("after_id", after.id());
    }
    return values;
  }

  // The index of claims is searched queue by queue and priority by priority. Running jobs are in
  // the order in which they were due, and there are few of them.
  private List<OfStretch> byDueTime(Set<JobState> states, int most) throws SQLException {
    Map<String, @Nullable Object> values = values(most);
    values.put("places_max", QUEUES_MAX);
    if (!filter.queues().isEmpty()) {
      values.put("queues", filter.queues());
    }
    return snapshot.list(
        """
        WITH RECURSIVE place (state, queue, priority) AS (
          SELECT first.state, first.queue, first.priority
          FROM unnest(ARRAY[%1$s]::{schema}.river_job_state[]) AS known (state)
          CROSS JOIN LATERAL (
            SELECT job.state, job.queue, job.priority
            FROM {schema}.river_job AS job
            WHERE job.state = known.state
            ORDER BY job.queue, job.priority
            LIMIT 1
          ) AS first
          UNION ALL
          SELECT next.state, next.queue, next.priority
          FROM place
          CROSS JOIN LATERAL (
            SELECT job.state, job.queue, job.priority
            FROM {schema}.river_job AS job
            WHERE job.state = place.state
              AND (job.queue, job.priority) > (place.queue, place.priority)
            ORDER BY job.queue, job.priority
            LIMIT 1
          ) AS next
        )
        SELECT due.id, due.time, spot.state || ' ' || spot.priority || ' ' || spot.queue AS stretch
        FROM (SELECT * FROM place LIMIT :places_max) AS spot
        CROSS JOIN LATERAL (
          SELECT job.id, %4$s AS time
          FROM {schema}.river_job AS job
          WHERE job.state = spot.state AND job.queue = spot.queue AND job.priority = spot.priority%2$s
          ORDER BY job.scheduled_at %3$s, job.id %3$s
          LIMIT :most
        ) AS due
        %5$s
        """
            .formatted(
                FilterSql.labels(states),
                after("job.scheduled_at"),
                direction(),
                "job.scheduled_at",
                filter.queues().isEmpty() ? "" : "WHERE spot.queue = ANY (:queues::text[])"),
        values,
        row ->
            new OfStretch(
                Snapshot.text(row, "stretch"),
                new Place(Snapshot.requiredTime(row, "time"), row.getLong(1))));
  }
}
