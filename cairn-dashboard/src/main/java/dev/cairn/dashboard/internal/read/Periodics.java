package dev.cairn.dashboard.internal.read;

import dev.cairn.JobState;
import dev.cairn.dashboard.internal.read.JobSummaries.Summary;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What the database knows of periodic jobs: when the durable ones are due, and which jobs were
 * inserted for a run. Schedules exist only in the programs of the clients.
 */
public final class Periodics {
  /** Among how many of the newest jobs runs are looked for. */
  public static final int RECENT = 10_000;

  /** How many of the last runs of a periodic job are returned. */
  static final int RUNS_MAX = 10;

  private static final int PERIODIC_MAX = 500;
  private static final int OLDER_MAX = 100;
  private static final int TRIAL_MS = 200;

  private Periodics() {}

  /**
   * A periodic job.
   *
   * @param due null if it is not durable
   * @param last the job of its last run; null if none was found
   * @param runs its last runs among the newest jobs, the newest first
   */
  public record Periodic(String id, @Nullable Due due, @Nullable Summary last, List<Run> runs) {}

  /**
   * What is stored of a durable periodic job.
   *
   * @param nextRunAt when its next run is due
   * @param movedAt when its last run was inserted, or when it was first seen
   */
  public record Due(Instant nextRunAt, Instant movedAt) {}

  /** The job of a run. */
  public record Run(long id, JobState state, Instant createdAt) {}

  /**
   * Periodic jobs.
   *
   * @param more whether there may be others
   */
  public record Found(List<Periodic> jobs, boolean more) {}

  private record Named<T>(String periodic, T value) {}

  // A subquery with a limit is planned by itself, so the jobs are read by their primary key.
  // Metadata that are large belong to no run, because the leader writes few words there.
  static final String RUNS =
      """
      SELECT ranked.periodic, ranked.id, ranked.state::text AS state, ranked.created_at
      FROM (
        SELECT run.*, row_number() OVER (PARTITION BY run.periodic ORDER BY run.id DESC) AS place
        FROM (
          SELECT recent.id, recent.state, recent.created_at,
            CASE WHEN pg_column_size(recent.metadata) < 8192
              THEN left(recent.metadata ->> 'river:periodic_job_id', 128) END AS periodic
          FROM (
            SELECT job.id, job.state, job.created_at, job.metadata
            FROM {schema}.river_job AS job
            ORDER BY job.id DESC
            LIMIT :recent
          ) AS recent
        ) AS run
        WHERE run.periodic IS NOT NULL
      ) AS ranked
      WHERE ranked.place <= :runs
      ORDER BY ranked.periodic, ranked.id DESC
      LIMIT :most
      """;

  static final String DURABLE =
      """
      SELECT periodic.id, periodic.next_run_at, periodic.updated_at
      FROM {schema}.cairn_periodic AS periodic
      ORDER BY periodic.next_run_at, periodic.id
      LIMIT :most
      """;

  // Materialized: the newest job alone would be looked for backwards from the end of the table.
  static final String OLDER =
      """
      WITH run AS MATERIALIZED (
        SELECT wanted.periodic, job.id
        FROM unnest(:periodic::text[]) AS wanted (periodic)
        JOIN {schema}.river_job AS job
          ON job.metadata @> jsonb_build_object('river:periodic_job_id', wanted.periodic)
      )
      SELECT run.periodic, max(run.id) AS id FROM run GROUP BY run.periodic
      """;

  /** Durable ones first, by their next run; then the others by their id. */
  public static Found list(Snapshot snapshot) throws SQLException {
    Map<String, Due> durable = durable(snapshot);
    Map<String, List<Run>> runs = runs(snapshot);
    Map<String, Long> lastIds = lastIds(snapshot, durable.keySet(), runs);
    Map<Long, Summary> jobs = JobSummaries.of(snapshot, lastIds.values(), JobFilter.ALL);
    var found = new ArrayList<Periodic>();
    for (String id : ids(durable, runs)) {
      Long last = lastIds.get(id);
      found.add(
          new Periodic(
              id,
              durable.get(id),
              last == null ? null : jobs.get(last),
              runs.getOrDefault(id, List.of())));
    }
    return found.size() > PERIODIC_MAX
        ? new Found(found.subList(0, PERIODIC_MAX), true)
        : new Found(found, false);
  }

  private static List<String> ids(Map<String, Due> durable, Map<String, List<Run>> runs) {
    var ids = new ArrayList<>(durable.keySet());
    runs.keySet().stream().filter(id -> !durable.containsKey(id)).forEach(ids::add);
    return ids;
  }

  private static Map<String, Due> durable(Snapshot snapshot) throws SQLException {
    var durable = new LinkedHashMap<String, Due>();
    snapshot
        .list(
            DURABLE,
            Map.of("most", PERIODIC_MAX + 1),
            row ->
                new Named<>(
                    row.getString("id"),
                    new Due(
                        Snapshot.requiredTime(row, "next_run_at"),
                        Snapshot.requiredTime(row, "updated_at"))))
        .forEach(each -> durable.put(each.periodic(), each.value()));
    return durable;
  }

  private static Map<String, List<Run>> runs(Snapshot snapshot) throws SQLException {
    var runs = new TreeMap<String, List<Run>>();
    snapshot
        .list(
            RUNS,
            Map.of("recent", RECENT, "runs", RUNS_MAX, "most", (PERIODIC_MAX + 1) * RUNS_MAX),
            row ->
                new Named<>(
                    row.getString("periodic"),
                    new Run(
                        row.getLong("id"),
                        JobSummaries.state(row.getString("state")),
                        Snapshot.requiredTime(row, "created_at"))))
        .forEach(each ->
            runs.computeIfAbsent(each.periodic(), id -> new ArrayList<>()).add(each.value()));
    return runs;
  }

  /** The job of the last run of each, also of durable ones that have run long ago. */
  private static Map<String, Long> lastIds(
      Snapshot snapshot, Collection<String> durable, Map<String, List<Run>> runs)
      throws SQLException {
    var last = new HashMap<String, Long>();
    runs.forEach((id, some) -> last.put(id, some.getFirst().id()));
    List<String> missing =
        durable.stream().filter(id -> !runs.containsKey(id)).limit(OLDER_MAX).toList();
    if (!missing.isEmpty() && FewJobs.hasIndex(snapshot, "river_job_metadata_index")) {
      snapshot
          .within(
              TRIAL_MS,
              trial ->
                  trial.list(
                      OLDER,
                      Map.of("periodic", missing),
                      row -> new Named<>(row.getString("periodic"), row.getLong("id"))))
          .ifPresent(found -> found.forEach(each -> last.put(each.periodic(), each.value())));
    }
    return last;
  }
}
