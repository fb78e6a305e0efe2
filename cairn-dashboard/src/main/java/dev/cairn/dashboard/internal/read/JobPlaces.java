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
    return new Places(places.stream().filter(this::isBehind).sorted(order()).toList(), true, true);
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
    return new Places(places, places.size() < most, true);
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
    boolean allQueues = areAllSearched();
    return new Places(places, end == null && allQueues, allQueues);
  }

  private List<OfStretch> all(int most) throws SQLException {
    var all = new ArrayList<OfStretch>();
    for (JobState state : FINAL) {
      if (filter.states().isEmpty() || filter.states().contains(state)) {
        all.addAll(byIndexOfEnds(state, most));
      }
    }
    Set<JobState> waiting = waiting();
    if (!waiting.isEmpty()) {
      all.addAll(byDueTime(waiting, most));
    }
    return all;
  }

  /** The states in which jobs wait or run, of those that the filter asks for. */
  private Set<JobState> waiting() {
    var waiting = EnumSet.complementOf(EnumSet.copyOf(FINAL));
    if (!filter.states().isEmpty()) {
      waiting.retainAll(filter.states());
    }
    return waiting;
  }

  /** Whether there are no more queues than are searched. */
  private boolean areAllSearched() throws SQLException {
    Set<JobState> waiting = waiting();
    if (waiting.isEmpty() || !filter.queues().isEmpty()) {
      return filter.queues().size() <= QUEUES_MAX;
    }
    return snapshot
        .first(
            """
            WITH RECURSIVE place (state, queue, priority) AS (
            %s)
            SELECT count(*) FROM (SELECT FROM place LIMIT :places_max + 1) AS searched
            """
                .formatted(places(waiting)),
            Map.of("places_max", QUEUES_MAX),
            row -> row.getLong(1) <= QUEUES_MAX)
        .orElse(true);
  }

  private Map<String, @Nullable Object> withQueues(Map<String, @Nullable Object> values) {
    values.put("places_max", placesMax());
    if (!filter.queues().isEmpty()) {
      values.put("queues", filter.queues());
    }
    return values;
  }

  /** Of queues that are named, every state and priority is a place, also one without jobs. */
  private int placesMax() {
    return filter.queues().isEmpty() ? QUEUES_MAX : QUEUES_MAX * JobState.values().length * 4;
  }

  private String places(Set<JobState> states) {
    return (filter.queues().isEmpty() ? ALL_PLACES : PLACES_OF_QUEUES)
        .formatted(FilterSql.labels(states));
  }

  private List<OfStretch> byIndexOfEnds(JobState state, int most) throws SQLException {
    return snapshot.list(
        """
        SELECT job.id, job.finalized_at AS time
        FROM {schema}.river_job AS job
        WHERE job.state = '{state}' AND job.finalized_at IS NOT NULL{after}
        ORDER BY job.finalized_at {direction}, job.id {direction}
        LIMIT :most
        """
            .replace("{state}", state.label())
            .replace("{after}", after("job.finalized_at"))
            .replace("{direction}", direction()),
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

  private static final String ALL_PLACES =
      """
        SELECT first.state, first.queue, first.priority
        FROM unnest(ARRAY[%s]::{schema}.river_job_state[]) AS known (state)
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
      """;

  private static final String PLACES_OF_QUEUES =
      """
        SELECT known.state, asked.queue, level.priority
        FROM (SELECT DISTINCT unnest(:queues::text[])) AS asked (queue)
        CROSS JOIN unnest(ARRAY[%s]::{schema}.river_job_state[]) AS known (state)
        CROSS JOIN generate_series(1, 4) AS level (priority)
      """;

  // The index of claims is searched queue by queue and priority by priority. Running jobs are in
  // the order in which they were due, and there are few of them.
  private List<OfStretch> byDueTime(Set<JobState> states, int most) throws SQLException {
    return snapshot.list(
        """
        WITH RECURSIVE place (state, queue, priority) AS (
        {places})
        SELECT due.id, due.time, spot.state || ' ' || spot.priority || ' ' || spot.queue AS stretch
        FROM (SELECT * FROM place LIMIT :places_max) AS spot
        CROSS JOIN LATERAL (
          SELECT job.id, job.scheduled_at AS time
          FROM {schema}.river_job AS job
          WHERE job.state = spot.state AND job.queue = spot.queue AND job.priority = spot.priority{after}
          ORDER BY job.scheduled_at {direction}, job.id {direction}
          LIMIT :most
        ) AS due
        """
            .replace("{places}", places(states))
            .replace("{after}", after("job.scheduled_at"))
            .replace("{direction}", direction()),
        withQueues(values(most)),
        row ->
            new OfStretch(
                Snapshot.text(row, "stretch"),
                new Place(Snapshot.requiredTime(row, "time"), row.getLong(1))));
  }
}
